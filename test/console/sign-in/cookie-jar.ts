/** Page at which redirects ended, and its address. */
interface Visit {
  readonly response: Response;
  readonly url: URL;
}

/** Browser as far as a sign-in needs one: it keeps cookies, and follows redirects. */
export class CookieJar {
  readonly cookies: Map<string, string>;

  constructor(cookies: ReadonlyMap<string, string> = new Map()) {
    this.cookies = new Map(cookies);
  }

  /** Sends one request with the cookies, and keeps those of the response. */
  async send(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    const cookie = [...this.cookies].map((pair) => pair.join('=')).join('; ');
    if (cookie !== '') headers.set('cookie', cookie);
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    return response;
  }

  /**
   * Opens an address as a page, and signs in as `email` where the provider asks.
   * @param isEnd - tells an address that is not opened any more.
   */
  async open(
    address: string,
    email: string,
    isEnd: (url: URL) => boolean = () => false,
  ): Promise<Visit> {
    let url = new URL(address);
    for (;;) {
      let response = await this.send(url, { headers: { accept: 'text/html' } });
      if (response.ok && url.pathname.startsWith('/interaction/')) {
        const body = new URLSearchParams({ login: email });
        response = await this.send(url, { method: 'POST', body });
      }
      const location = response.headers.get('location');
      if (location === null) return { response, url };
      url = new URL(location, url);
      if (isEnd(url)) return { response, url };
    }
  }

  #keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    const isGone = /max-age=0\b/i.test(line) || /expires=Thu, 01 Jan 1970/i.test(line);
    if (isGone) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
