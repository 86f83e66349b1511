import type { ServerHttp2Session } from 'node:http2';

/** Most streams that one gap between ids counts for, because a client may leave out ids. */
const mostOfOneGap = 100;

/**
 * Finds the streams of a connection that Node has reset before it said anything of them: their heads
 * broke one of its limits, or a rule of HTTP/2. The ids of a client's streams are odd and rise (RFC 9113
 * section 5.1.1), and clients use each; where Node leaves some out, it has reset them. The first stream
 * that Node serves tells nothing, because clients begin with different ids.
 */
export class UnseenStreams {
  readonly #session: ServerHttp2Session;
  /** Id of the last stream that was served or counted; 0 before the first. */
  #last = 0;

  constructor(session: ServerHttp2Session) {
    this.#session = session;
  }

  /** Takes a stream that Node serves. @returns the number of unseen ones since the last. */
  served(id: number): number {
    const unseen = this.#last === 0 ? 0 : (id - this.#last) / 2 - 1;
    this.#last = Math.max(this.#last, id);
    return bounded(unseen);
  }

  /** Returns the number of unseen streams since the last one that was served or counted. */
  rest(): number {
    // A session that has ended has no state.
    const { lastProcStreamID: newest = 0 } = this.#session.state;
    const unseen = Math.ceil((newest - this.#last) / 2);
    this.#last = Math.max(this.#last, newest);
    return bounded(unseen);
  }
}

function bounded(unseen: number): number {
  return Math.max(0, Math.min(mostOfOneGap, unseen));
}
