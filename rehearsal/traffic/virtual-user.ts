/** User with a browser that keeps cookies. */
export class VirtualUser {
  readonly #cookies = new Map<string, string>();

  /** `Cookie` field of the next request. */
  get cookie(): string | undefined {
    if (this.#cookies.size === 0) return undefined;
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** @param fields the `Set-Cookie` fields of a response. */
  remember(fields: readonly string[] = []): void {
    for (const field of fields) {
      const [pair = ''] = field.split(';', 1);
      const equals = pair.indexOf('=');
      if (equals > 0)
        this.#cookies.set(pair.slice(0, equals).trim(), pair.slice(equals + 1).trim());
    }
  }
}
