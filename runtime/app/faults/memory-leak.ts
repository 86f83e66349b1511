const tickMs = 20;
const mib = 1_048_576;
const maxBytes = 1_024 * mib;

/** Memory leak that grows at a steady rate up to 1 GiB, until it is stopped. */
export class MemoryLeak {
  #buffers: Buffer[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  get bytes(): number {
    return this.#bytes;
  }

  start(mibPerSecond: number): void {
    this.stop();
    if (mibPerSecond === 0) return;
    const bytesPerTick = Math.round((mibPerSecond * mib * tickMs) / 1_000);
    this.#timer = setInterval(() => this.#grow(bytesPerTick), tickMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#buffers = [];
    this.#bytes = 0;
  }

  #grow(bytes: number): void {
    if (this.#bytes + bytes > maxBytes) return;
    // Filled, because the system assigns memory pages on the first write.
    this.#buffers.push(Buffer.alloc(bytes, 1));
    this.#bytes += bytes;
  }
}
