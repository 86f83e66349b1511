import { setTimeout as delay } from 'node:timers/promises';

export type Row = Readonly<Record<string, unknown>>;
type Method = 'GET' | 'POST' | 'PATCH' | 'PUT';

export interface ApiOptions {
  /** Name of the service, for messages. */
  readonly name: string;
  /** URL without a slash at its end. */
  readonly base: string;
  /** Headers of every request, with the token. */
  readonly headers: Readonly<Record<string, string>>;
  /** Waits before a request is repeated. Default: by the clock. */
  readonly wait?: (ms: number) => Promise<unknown>;
}

/** Largest page that GitHub and GitLab give. */
const pageRows = 100;
const mostPages = 50;
const mostTries = 4;
const timeoutMs = 30_000;
const retryAfterMs = 2_000;
const longestRetryAfterMs = 60_000;

/**
 * A JSON API. Requests that may be repeated are, while the service is overloaded or away. It uses no
 * packages, so that a job can run it without installing any.
 */
export class Api {
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  /**
   * Reads every page of a list.
   * @param query without `page` and `per_page`.
   * @throws Error if the service refuses, or if the list has more than 5,000 rows.
   */
  async list(path: string, query: Readonly<Record<string, string>> = {}): Promise<Row[]> {
    const rows: Row[] = [];
    for (let page = 1; page <= mostPages; page += 1) {
      const asked = new URLSearchParams({ ...query, per_page: `${pageRows}`, page: `${page}` });
      const found: unknown = await this.#request('GET', `${path}?${asked.toString()}`);
      if (!Array.isArray(found)) throw new Error(`${this.#options.name} gives no list for ${path}`);
      rows.push(...found.map(row));
      if (found.length < pageRows) return rows;
    }
    throw new Error(`${this.#options.name} has more than ${rows.length} rows in ${path}`);
  }

  /**
   * Sends one request.
   * @throws Error if the service refuses.
   */
  async send(method: Method, path: string, body?: Row): Promise<Row> {
    return row(await this.#request(method, path, body));
  }

  async #request(method: Method, path: string, body?: Row): Promise<unknown> {
    const { name, base, headers, wait = delay } = this.#options;
    const url = `${base}${path}`;
    for (let tried = 1; ; tried += 1) {
      const answer = await this.#fetched(url, {
        method,
        headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      });
      if (answer instanceof Response && answer.ok) return await answer.json();
      if (tried === mostTries || !mayRepeat(method, answer)) {
        throw new Error(`${name} ${await refusal(answer)} for ${method} ${url}`, {
          cause: answer,
        });
      }
      await wait(waitMs(answer, tried));
    }
  }

  async #fetched(url: string, request: RequestInit): Promise<Response | Error> {
    try {
      return await fetch(url, { ...request, signal: AbortSignal.timeout(timeoutMs) });
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }
}

/** True if the same request may be sent again. A POST makes something, perhaps although it failed. */
function mayRepeat(method: Method, answer: Response | Error): boolean {
  if (answer instanceof Response && answer.status === 429) return true;
  return method !== 'POST' && (answer instanceof Error || answer.status >= 500);
}

function waitMs(answer: Response | Error, tried: number): number {
  const given = answer instanceof Response ? Number(answer.headers.get('retry-after')) : 0;
  return given > 0 ? Math.min(given * 1_000, longestRetryAfterMs) : retryAfterMs * tried;
}

async function refusal(answer: Response | Error): Promise<string> {
  if (answer instanceof Error) return `does not answer (${reasonOf(answer)})`;
  const text = await answer.text();
  const reason = /"message"\s*:\s*"([^"]{1,200})/.exec(text)?.[1];
  return `answers ${answer.status}${reason === undefined ? '' : ` (${reason})`}`;
}

/** The message of `fetch` is always "fetch failed"; its cause says why. */
function reasonOf({ message, cause }: Error): string {
  return cause instanceof Error && cause.message !== '' ? cause.message : message;
}

/** A value as an object; anything else has no fields. */
export function row(value: unknown): Row {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** A field that is a text; anything else is empty. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
