import sonicBoom from 'sonic-boom';

export interface LineWriterOptions {
  /** File descriptor. Default: standard output. */
  readonly fd?: number;
  /** Bytes that wait at most; what comes while they do is dropped. Default 1 MiB. */
  readonly mostBytes?: number;
  /** Longest time that a line waits for others, milliseconds. Default 200. */
  readonly flushMs?: number;
}

/** Bytes that Linux writes to a pipe in one piece (PIPE_BUF), so that lines of other processes do not cut in. */
const mostInOneWrite = 4_096;

/**
 * Writes lines without ever waiting: a thread of the pool writes, one batch at a time, and while the
 * reader is too slow for that, batches wait in memory up to a bound and are dropped from there on.
 */
export class LineWriter {
  readonly #out: sonicBoom.SonicBoom;
  readonly #flushMs: number;
  #batch = '';
  #batchLines = 0;
  #timer: NodeJS.Timeout | undefined;
  #sent = 0;
  #dropped = 0;
  #isWriting = false;

  constructor({ fd = 1, mostBytes = 1_048_576, flushMs = 200 }: LineWriterOptions = {}) {
    this.#flushMs = flushMs;
    const bounds = { maxWrite: mostInOneWrite, maxLength: mostBytes };
    this.#out = new sonicBoom.SonicBoom({ fd, sync: false, ...bounds });
    this.#out.on('drop', () => (this.#dropped += this.#batchLines));
    this.#out.on('drain', () => (this.#isWriting = false));
    // The reader is gone. What was not written is tried again with the next batch.
    this.#out.on('error', () => {});
  }

  /** Number of lines that were written, or wait to be. */
  get taken(): number {
    return this.#sent + this.#batchLines - this.#dropped;
  }

  /** Number of lines for which there was no room. */
  get dropped(): number {
    return this.#dropped;
  }

  write(line: string): void {
    if (this.#batch.length + line.length >= mostInOneWrite) this.#send();
    this.#batch += `${line}\n`;
    this.#batchLines += 1;
    this.#timer ??= setTimeout(() => this.#send(), this.#flushMs);
  }

  /** Settles when all lines were written, after `timeoutMs` at the latest. */
  async end(timeoutMs: number): Promise<void> {
    this.#send();
    if (!this.#isWriting) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, timeoutMs);
    this.#out.once('drain', resolve);
    await promise;
    clearTimeout(timer);
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#batchLines === 0) return;
    this.#isWriting = true;
    this.#out.write(this.#batch);
    this.#sent += this.#batchLines;
    this.#batch = '';
    this.#batchLines = 0;
  }
}
