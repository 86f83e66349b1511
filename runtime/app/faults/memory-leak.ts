const tickMs = 20;
const mib = 1_048_576;
const mostBytes = 1_024 * mib;

/** Memory that grows at a steady rate up to 1 GiB, until it is stopped. */
export class MemoryLeak {
  #kept: Buffer[] = [];
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
    this.#kept = [];
    this.#bytes = 0;
  }

  #grow(bytes: number): void {
    if (this.#bytes + bytes > mostBytes) return;
    // Written to, since the system gives pages only then.
    this.#kept.push(Buffer.alloc(bytes, 1));
    this.#bytes += bytes;
  }
}
