/** Window of what the other side may send (RFC 9113 section 5.2). */
export class ReceiveWindow {
  readonly #size: number;
  /** Bytes that the other side may still send. */
  #left: number;
  /** Bytes that were used and not given back yet. */
  #used = 0;

  constructor(size: number) {
    this.#size = size;
    this.#left = size;
  }

  /** Starts over. */
  reset(): void {
    this.#left = this.#size;
    this.#used = 0;
  }

  /** Takes what has come. @returns false if it is more than the other side may send. */
  take(bytes: number): boolean {
    this.#left -= bytes;
    return this.#left >= 0;
  }

  /** Notes that bytes were used. @returns the increment to announce now; 0 for none. */
  use(bytes: number): number {
    this.#used += bytes;
    if (this.#used < this.#size / 2) return 0;
    const increment = this.#used;
    this.#used = 0;
    this.#left += increment;
    return increment;
  }
}
