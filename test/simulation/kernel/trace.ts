/** The steps of one run: a hash of all of them, and the text of the last ones. */
export class Trace {
  readonly #retained: number;
  readonly #lines: (() => string)[] = [];
  #high = 0x811c9dc5;
  #low = 0x1000193;
  #count = 0;

  /** @param retained - number of last lines to keep. */
  constructor(retained: number) {
    this.#retained = retained;
  }

  /** @param detail more of the line, which only people read. */
  add(atMs: number, text: string, detail = () => ''): void {
    this.#count += 1;
    this.#mix(Math.round(atMs * 10));
    for (let index = 0; index < text.length; index += 1) {
      this.#mix(text.charCodeAt(index));
    }
    if (this.#retained === 0) return;
    this.#lines.push(() => `${atMs.toFixed(1)} ${text}${detail()}`);
    if (this.#lines.length > 2 * this.#retained) this.#lines.splice(0, this.#retained);
  }

  /** Equal for two runs that took the same steps. */
  get hash(): string {
    const hex = (part: number) => (part >>> 0).toString(16).padStart(8, '0');
    return `${hex(this.#high)}${hex(this.#low)}-${this.#count}`;
  }

  /** The last lines. */
  get last(): readonly string[] {
    return this.#lines.slice(-this.#retained).map((line) => line());
  }

  #mix(code: number): void {
    this.#high = Math.imul(this.#high ^ code, 0x01000193);
    this.#low = Math.imul(this.#low + code, 0x85ebca6b) ^ (this.#low >>> 13);
  }
}
