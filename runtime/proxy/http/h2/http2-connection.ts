import type { ForwardingPeer } from '../forwarding/peer.ts';
import type { RefusalCause } from '../message/refusal.ts';
import type { Timed } from '../socket/clock.ts';
import type { Place } from '../socket/dense-list.ts';
import { SocketIo, type ReadyConnection, type SocketHandler } from '../socket/socket-io.ts';
import { EventBudget } from './event-budget.ts';
import { ConnectionFrames, type FrameOwner } from './connection-frames.ts';
import { FrameReader } from './frame-reader.ts';
import { FrameWriter } from './frame-writer.ts';
import {
  ConnectionError,
  goawayFrame,
  greatestStreamId,
  Http2Code,
  pingFrame,
  resetFrame,
} from './frames.ts';
import type { Http2Engine } from './http2-engine.ts';
import {
  firstFrames,
  mostStreams,
  mostUnread,
  resetBurst,
  resetsPerSecond,
} from './http2-limits.ts';
import { PartDeadline } from './part-deadline.ts';
import type { Http2State } from './http2-state.ts';
import type { StreamClient, StreamOwner, StreamRequest } from './stream-client.ts';
import { StreamTable } from './stream-table.ts';

/** Payload of the PING by whose answer a client has read that it is to open no more streams. */
const leavingPing = 'leaving\0';

/** One connection of a client that speaks HTTP/2, with the streams on it. */
export class Http2Connection implements SocketHandler, StreamOwner, FrameOwner, Timed {
  readonly inClock: Place = { index: -1 };
  readonly inServer: Place = { index: -1 };
  readonly peer: ForwardingPeer;
  readonly writer: FrameWriter;
  readonly streams = new StreamTable();
  readonly #http2: Http2Engine;
  readonly #io: SocketIo;
  readonly #onClosed: (connection: Http2Connection) => void;
  readonly #frames: ConnectionFrames;
  readonly #reader: FrameReader;
  readonly #resets: EventBudget;
  /** Requests whose body may not have come yet in the bytes that are being read. */
  readonly #begun: StreamClient[] = [];
  #state: Http2State = 'opening';
  /** Deadline while no stream is open. */
  #deadline: number;
  /** Deadline of a head, or of any other frame than DATA, that has come in part. */
  readonly #headDeadline: PartDeadline;
  #waitingSince: number;
  #requests = 0;
  /** Last stream that is served, once the client was told; it may not rise (RFC 9113 section 6.8). */
  #last: number | undefined;
  #discarded = 0;

  constructor(
    http2: Http2Engine,
    accepted: ReadyConnection,
    peer: ForwardingPeer,
    onClosed: (connection: Http2Connection) => void,
  ) {
    const { clock, limits } = http2.engine;
    this.#http2 = http2;
    this.peer = peer;
    this.#onClosed = onClosed;
    this.#io = SocketIo.accepted(accepted, this);
    const flush = () => this.writer.flush();
    this.writer = new FrameWriter(this.#io, () => http2.atEndOfTurn(flush));
    this.#frames = new ConnectionFrames(this, http2.fieldLimits);
    this.#reader = new FrameReader(this.#frames);
    this.#resets = new EventBudget(resetBurst, resetsPerSecond, performance.now());
    this.#headDeadline = new PartDeadline(clock, limits.headTimeoutMs);
    this.#deadline = clock.after(limits.headTimeoutMs);
    this.#waitingSince = clock.now;
    this.writer.send(firstFrames(http2.fieldLimits));
    clock.add(this);
  }

  get deadline(): number {
    const isWaiting = this.streams.size === 0 || this.#state === 'leaving';
    return Math.min(this.#headDeadline.at, isWaiting ? this.#deadline : Infinity);
  }

  /** Milliseconds of the engine's clock since which no stream is open. */
  get idleSince(): number | undefined {
    return this.streams.size === 0 && !this.#isOver ? this.#waitingSince : undefined;
  }

  /**
   * Serves the streams that are open and those that are on their way, and then closes the connection
   * (RFC 9113 section 6.8).
   */
  drain(): void {
    const { clock, limits } = this.#http2.engine;
    if (this.#state === 'opening') {
      this.#deadline = Math.min(this.#deadline, clock.after(limits.drainIdleMs));
    }
    if (this.#state !== 'open') return;
    this.#state = 'leaving';
    this.writer.send(goawayFrame(greatestStreamId, Http2Code.noError));
    this.writer.send(pingFrame(leavingPing, 0));
    this.#deadline = clock.after(limits.drainIdleMs);
  }

  /** Closes the connection at once, for one that is idle. */
  closeIdle(): void {
    this.#sayLast(Http2Code.noError);
    this.#io.endAndClose();
  }

  /** Closes the connection, and cancels its requests, before they have ended. */
  destroy(): void {
    this.#state = 'closed';
    for (const stream of this.streams.all()) stream.reset(Http2Code.internalError);
    this.closeIdle();
    // What was sent is on its way then, unless the client reads nothing.
    setImmediate(() => this.#io.destroy());
  }

  received(bytes: Buffer, length: number): void {
    if (this.#state === 'closed') {
      this.#discarded += length;
      if (this.#discarded > this.#http2.engine.limits.lingerBytes) this.#io.destroy();
      return;
    }
    try {
      this.#reader.read(bytes, length);
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      this.#fail('http2-protocol', error.code);
      return;
    }
    for (const stream of this.#begun) stream.flushHead();
    this.#begun.length = 0;
    this.#headDeadline.update(this.#part);
    if (this.#io.unsentLength > mostUnread) this.#io.pause();
  }

  ended(): void {
    // A client that has ended its side can give no more window, so that no response need end.
    this.#io.destroy();
  }

  drained(): void {
    this.#io.resume();
    this.writer.proceed();
  }

  closed(): void {
    this.#state = 'closed';
    for (const stream of this.streams.all()) stream.abort();
    this.#http2.engine.clock.delete(this);
    this.#onClosed(this);
  }

  expired(): void {
    if (this.#state === 'closed') {
      this.#io.destroy();
    } else if (this.#headDeadline.at <= this.#http2.engine.clock.now || this.#state === 'opening') {
      this.#fail('slow-head', Http2Code.noError);
    } else if (this.#state === 'open') {
      this.drain();
    } else {
      this.#close();
    }
  }

  used(bytes: number): void {
    this.#frames.used(bytes);
  }

  streamClosed(client: StreamClient): void {
    this.streams.delete(client.streamId);
    if (!client.hasBodyEnded) this.streams.wasReset(client.streamId);
    this.#http2.release(client);
    if (this.streams.size === 0) this.#wait();
  }

  refuseStream(client: StreamClient): void {
    this.#refuse('http2-stream');
    this.resetStream(client.streamId, Http2Code.protocolError);
  }

  settled(): void {
    if (this.#state !== 'opening') return;
    this.#state = 'open';
    this.#wait();
    if (this.#http2.engine.isDraining) this.drain();
  }

  pingAnswered(payload: string): void {
    if (this.#state === 'leaving' && payload === leavingPing) this.#close();
  }

  goawayCame(): void {
    if (this.streams.size === 0 && this.#state === 'open') this.#close();
  }

  request(request: StreamRequest, isTooLarge: boolean): void {
    const { streamId } = request;
    // The client sends it once more elsewhere.
    if (this.#isOver) {
      this.streams.wasReset(streamId);
      return;
    }
    if (isTooLarge || this.streams.size >= mostStreams) {
      this.#refuse('http2-stream');
      this.resetStream(streamId, isTooLarge ? Http2Code.enhanceYourCalm : Http2Code.refusedStream);
      return;
    }
    this.#requests += 1;
    const isLast = this.#requests >= this.#http2.engine.limits.requestsPerConnection;
    const client = this.#http2.take();
    this.streams.add(streamId, client);
    client.begin(this, request);
    if (request.hasBody && this.streams.open(streamId) === client) this.#begun.push(client);
    if (isLast) this.drain();
  }

  resetStream(streamId: number, code: Http2Code): void {
    this.countReset();
    const client = this.streams.get(streamId);
    if (client !== undefined) {
      client.reset(code);
      return;
    }
    this.streams.wasReset(streamId);
    this.writer.send(resetFrame(streamId, code));
  }

  countReset(): void {
    if (this.#resets.take(performance.now())) return;
    throw new ConnectionError(Http2Code.enhanceYourCalm);
  }

  /** True if no more streams are served. */
  get #isOver(): boolean {
    return this.#state === 'closing' || this.#state === 'closed';
  }

  /** Number of the head, or of the frame, that has come in part. */
  get #part(): number | undefined {
    if (this.#frames.isInHead) return -this.#frames.heads;
    return this.#reader.isInFrame ? this.#reader.frames + 1 : undefined;
  }

  /** Ends the connection once its streams have ended. */
  #close(): void {
    if (this.#isOver) return;
    this.#state = 'closing';
    this.#last = this.streams.last;
    this.writer.send(goawayFrame(this.#last, Http2Code.noError));
    this.#wait();
  }

  /** Gives the client its time for a next stream, or to close the connection. */
  #wait(): void {
    const { clock, limits } = this.#http2.engine;
    this.#waitingSince = clock.now;
    if (this.#state === 'open') this.#deadline = clock.after(limits.keepAliveTimeoutMs);
    else if (this.#state === 'closing' && this.streams.size === 0) this.#endSide(Http2Code.noError);
  }

  /** Ends the connection of a client that broke a rule (RFC 9113 section 5.4.1). */
  #fail(cause: RefusalCause, code: Http2Code): void {
    if (this.#state === 'closed') return;
    this.#refuse(cause);
    this.#state = 'closed';
    for (const stream of this.streams.all()) stream.abort();
    this.#endSide(code);
  }

  /** Ends this side, and gives the client time to read the rest and to close the connection. */
  #endSide(code: Http2Code): void {
    this.#sayLast(code);
    this.#deadline = this.#http2.engine.lingerDeadline(this.#io.hasUnsent);
    this.#io.end();
    this.#io.resume();
  }

  /** Sends what is left to be sent, and the last stream that was served unless the client knows it. */
  #sayLast(code: Http2Code): void {
    this.#state = 'closed';
    this.#headDeadline.update(undefined);
    if (this.#last === undefined || code !== Http2Code.noError) {
      this.writer.send(goawayFrame(this.#last ?? this.streams.last, code));
    }
    this.writer.end();
  }

  #refuse(cause: RefusalCause): void {
    this.#http2.engine.refuseUnread(cause, this.peer, true);
  }
}
