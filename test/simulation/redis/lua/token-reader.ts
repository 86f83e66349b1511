import { tokensOf, type Token } from './tokens.ts';

/** Reads the tokens of a script one by one. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #index = 0;

  constructor(source: string) {
    this.#tokens = tokensOf(source);
  }

  get next(): Token {
    return this.#tokens[this.#index] ?? { kind: 'end', text: '' };
  }

  take(): Token {
    const token = this.next;
    this.#index += 1;
    return token;
  }

  /** True if the next token is one of these keywords or symbols. */
  is(...texts: readonly string[]): boolean {
    const { kind, text } = this.next;
    return (kind === 'keyword' || kind === 'symbol') && texts.includes(text);
  }

  /** Takes the next token if it is this one. */
  takes(text: string): boolean {
    const taken = this.is(text);
    if (taken) this.#index += 1;
    return taken;
  }

  expect(text: string): void {
    if (!this.takes(text)) throw new SyntaxError(`Lua: expected ${text}, got ${this.next.text}`);
  }

  name(): string {
    const { kind, text } = this.take();
    if (kind !== 'name') throw new SyntaxError(`Lua: expected a name, got ${text}`);
    return text;
  }
}
