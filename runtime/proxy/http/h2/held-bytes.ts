const firstSize = 1_024;

/** Bytes that came before they can be used, in one buffer that grows by doubling. */
export class HeldBytes {
  #bytes: Buffer | undefined;
  #length = 0;

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  append(bytes: Buffer, start: number, end: number): void {
    const length = this.#length + end - start;
    let held = this.#bytes;
    if (held === undefined || held.length < length) {
      held = Buffer.allocUnsafe(Math.max(firstSize, 2 * length));
      this.#bytes?.copy(held, 0, 0, this.#length);
      this.#bytes = held;
    }
    bytes.copy(held, this.#length, start, end);
    this.#length = length;
  }

  /** Returns all bytes, and forgets them. */
  take(): Buffer {
    const bytes = this.#bytes?.subarray(0, this.#length) ?? Buffer.alloc(0);
    this.#bytes = undefined;
    this.#length = 0;
    return bytes;
  }
}
