const firstSize = 1_024;
const nothing = Buffer.alloc(0);

/** Bytes that came before they can be used, in one buffer that grows by doubling. */
export class HeldBytes {
  #bytes: Buffer | undefined;
  #length = 0;

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  get length(): number {
    return this.#length;
  }

  /** Buffer that begins with the bytes so far; valid until the next call. */
  get buffer(): Buffer {
    return this.#bytes ?? nothing;
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
    const bytes = this.buffer.subarray(0, this.#length);
    this.clear();
    return bytes;
  }

  clear(): void {
    this.#bytes = undefined;
    this.#length = 0;
  }
}
