import {
  constants,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { ForwardingPeer } from '../forwarding/peer.ts';
import type { RefusalCause } from '../message/refusal.ts';
import type { Timed } from '../socket/clock.ts';
import type { Http2Engine } from './http2-engine.ts';
import type { StreamClient, StreamOwner } from './stream-client.ts';
import { UnseenStreams } from './unseen-streams.ts';

/**
 * - `opening`: the preface of the client has not come.
 * - `open`: streams are served.
 * - `closing`: the client was told to open no more streams; it is closed when the last one has ended.
 */
type State = 'opening' | 'open' | 'closing';

/** One connection of a client that speaks HTTP/2, with the streams on it. */
export class Http2Connection implements StreamOwner, Timed {
  readonly peer: ForwardingPeer;
  readonly #http2: Http2Engine;
  readonly #socket: Socket;
  readonly #session: ServerHttp2Session;
  readonly #onClosed: (connection: Http2Connection) => void;
  readonly #streams = new Set<StreamClient>();
  readonly #unseen: UnseenStreams;
  #state: State = 'opening';
  /** Deadline while no stream is open. */
  #deadline: number;
  #waitingSince: number;
  #requests = 0;

  constructor(
    http2: Http2Engine,
    socket: Socket,
    peer: ForwardingPeer,
    onClosed: (connection: Http2Connection) => void,
  ) {
    const { clock, limits } = http2.engine;
    this.#http2 = http2;
    this.#socket = socket;
    this.peer = peer;
    this.#onClosed = onClosed;
    this.#deadline = clock.after(limits.headTimeoutMs);
    this.#waitingSince = clock.now;
    this.#session = performServerHandshake(socket, http2.sessionOptions);
    this.#unseen = new UnseenStreams(this.#session);
    this.#session.on('stream', (stream, _headers, flags, fields) => {
      this.#serve(stream, flags, fields);
    });
    this.#session.once('remoteSettings', () => this.#opened());
    // Clients that end in an orderly way say so, while the session still has its state.
    this.#session.on('goaway', () => this.#countRest());
    this.#session.on('error', (error) => this.#failed(error));
    this.#session.on('close', () => this.#closed());
    // A client that has ended its side can give no more window, so that no response need end.
    socket.on('end', () => {
      this.#countRest();
      socket.destroy();
    });
    // A connection without TLS was accepted paused.
    socket.resume();
    clock.add(this);
  }
  get deadline(): number {
    return this.#streams.size > 0 ? Infinity : this.#deadline;
  }

  /** Milliseconds of the engine's clock since which no stream is open. */
  get idleSince(): number | undefined {
    const isIdle = this.#streams.size === 0 && this.#state !== 'closing';
    return isIdle ? this.#waitingSince : undefined;
  }

  /**
   * Serves the streams that are open, and then closes the connection. The client may send those that
   * it opens before it knows once more elsewhere (RFC 9113 section 6.8). Node cannot announce the end
   * first: after any GOAWAY it ignores new streams without a word.
   */
  drain(): void {
    if (this.#session.closed || this.#session.destroyed) return;
    this.#close();
  }

  /** Closes the connection at once, for one that is idle. */
  closeIdle(): void {
    this.#countRest();
    this.#state = 'closing';
    this.#session.destroy();
  }

  /** Closes the connection, and cancels its requests, before they have ended. */
  destroy(): void {
    this.#countRest();
    this.#state = 'closing';
    for (const stream of this.#streams) stream.destroy();
    // Node sends the RST_STREAMs in the next turn; without one a cut-off response may look complete.
    setImmediate(() => {
      this.#session.destroy();
      this.#socket.destroy();
    });
  }

  streamClosed(client: StreamClient): void {
    this.#streams.delete(client);
    this.#http2.release(client);
    if (this.#streams.size === 0) this.#wait();
  }

  expired(): void {
    if (this.#session.destroyed || this.#state === 'closing') {
      this.#socket.destroy();
    } else if (this.#state === 'opening') {
      this.#refuse('slow-head');
      this.closeIdle();
    } else {
      this.#close();
    }
  }

  #opened(): void {
    if (this.#state !== 'opening') return;
    this.#state = 'open';
    this.#wait();
  }

  #serve(stream: ServerHttp2Stream, flags: number, fields: readonly string[]): void {
    this.#refuseUnseen(this.#unseen.served(stream.id ?? 0));
    this.#requests += 1;
    if (this.#requests >= this.#http2.engine.limits.requestsPerConnection) this.#close();
    // The client has reset it at once.
    if (stream.destroyed || stream.closed) return;
    const client = this.#http2.take();
    this.#streams.add(client);
    const hasBody = (flags & constants.NGHTTP2_FLAG_END_STREAM) === 0;
    client.begin(this, stream, { fields, hasBody });
  }

  /** Ends the connection once its streams have ended. */
  #close(): void {
    this.#countRest();
    this.#state = 'closing';
    this.#session.close();
    this.#wait();
  }

  /** Gives the client its time for a next stream, or to close the connection. */
  #wait(): void {
    const { clock, limits } = this.#http2.engine;
    const { lingerTimeoutMs, keepAliveTimeoutMs } = limits;
    const isEnding = this.#state === 'closing' || this.#session.closed;
    this.#deadline = clock.after(isEnding ? lingerTimeoutMs : keepAliveTimeoutMs);
    this.#waitingSince = clock.now;
  }

  #failed(error: Error): void {
    if ('code' in error && String(error.code).startsWith('ERR_HTTP2_')) {
      this.#refuse('http2-protocol');
    }
  }

  #closed(): void {
    this.#http2.engine.clock.delete(this);
    this.#onClosed(this);
  }

  /** Counts the streams that Node has reset since the last request. After a GOAWAY it ignores streams. */
  #countRest(): void {
    if (this.#state !== 'closing') this.#refuseUnseen(this.#unseen.rest());
  }

  #refuseUnseen(streams: number): void {
    for (let index = 0; index < streams; index += 1) this.#refuse('http2-stream');
  }

  #refuse(cause: RefusalCause): void {
    this.#http2.engine.refuseUnread(cause, this.peer, true);
  }
}
