import type { StreamClient } from './stream-client.ts';
import { ConnectionError, Http2Code } from './frames.ts';

/** Streams that the server has reset and whose client may not know it yet. */
const mostReset = 128;

/** State of a stream of a client (RFC 9113 section 5.1). */
export type StreamState = 'idle' | 'open' | 'reset' | 'closed';

/** Streams of one connection. Those of a client have odd ids, which rise. */
export class StreamTable {
  readonly #open = new Map<number, StreamClient>();
  /** Ids of streams that the server has reset, the oldest first. */
  readonly #reset = new Set<number>();
  #last = 0;

  /** Id of the newest stream. */
  get last(): number {
    return this.#last;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Returns an open stream. */
  open(id: number): StreamClient | undefined {
    return this.#open.get(id);
  }

  /** Returns an open stream. @throws ConnectionError if it was never opened. */
  get(id: number): StreamClient | undefined {
    const client = this.#open.get(id);
    if (client === undefined && this.stateOf(id) === 'idle') {
      throw new ConnectionError(Http2Code.protocolError);
    }
    return client;
  }

  stateOf(id: number): StreamState {
    if (this.#open.has(id)) return 'open';
    if (id > this.#last || id % 2 === 0) return 'idle';
    return this.#reset.has(id) ? 'reset' : 'closed';
  }

  /** Notes that a client opens a stream. @throws ConnectionError if its id is not a new one. */
  opened(id: number): void {
    if (id % 2 === 0 || id <= this.#last) {
      const code = id === this.#last ? Http2Code.streamClosed : Http2Code.protocolError;
      throw new ConnectionError(code);
    }
    this.#last = id;
  }

  add(id: number, client: StreamClient): void {
    this.#open.set(id, client);
  }

  delete(id: number): void {
    this.#open.delete(id);
  }

  /** Notes that the server has reset a stream on which more may come. */
  wasReset(id: number): void {
    this.#reset.add(id);
    if (this.#reset.size <= mostReset) return;
    for (const oldest of this.#reset) {
      this.#reset.delete(oldest);
      return;
    }
  }

  /** All open streams, which may be closed meanwhile. */
  all(): Iterable<StreamClient> {
    return this.#open.values();
  }
}
