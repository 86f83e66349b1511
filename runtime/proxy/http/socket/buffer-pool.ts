const mostSpare = 64;

/** Buffers of one size, which are used again. */
export class BufferPool {
  readonly bytes: number;
  readonly #spare: Buffer[] = [];

  /** @param bytes size of each. */
  constructor(bytes: number) {
    this.bytes = bytes;
  }

  /** Returns a buffer, whatever it holds. */
  take(): Buffer {
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.bytes);
  }

  /** Takes back a buffer that nothing uses any more. */
  readonly give = (buffer: Buffer): void => {
    if (this.#spare.length < mostSpare) this.#spare.push(buffer);
  };
}
