import type { Socket } from 'node:net';
import type { Timed } from './clock.ts';
import type { Engine } from './engine.ts';
import { Exchange, type ExchangeClient } from './exchange.ts';
import { noBody } from './framing.ts';
import type { Route } from './handler.ts';
import { HalfCloseProbe } from './half-close-probe.ts';
import { HeadReader } from './head-reader.ts';
import { httpDate } from './http-date.ts';
import type { ForwardingPeer } from './peer.ts';
import { refusalResponse, type RefusalCause } from './refusal.ts';
import { applyRequestPasses } from './request-passes.ts';
import { Tunnel } from './tunnel.ts';
import type { UpstreamConnection } from './upstream-connection.ts';
import { Wire, type WireUser } from './wire.ts';

/**
 * - `open`: requests come and are answered, one after the other.
 * - `lingering`: the last answer was sent; what the client still sends is read and thrown away, for
 *   a connection closed with unread bytes may take the answer with it (RFC 9112 section 9.6).
 * - `switched`: the connection belongs to a tunnel.
 * - `closed`: nothing more happens.
 */
type State = 'open' | 'lingering' | 'switched' | 'closed';

/** What may be kept of requests that were sent ahead before the client is stopped. */
const mostHeldBytes = 65_536;

/** One connection of a client and the requests that come by it. */
export class ClientConnection implements WireUser, ExchangeClient, Timed {
  readonly wire: Wire;
  deadline: number;
  readonly #engine: Engine;
  readonly #peer: ForwardingPeer;
  readonly #onClosed: (connection: ClientConnection) => void;
  readonly #exchange: Exchange;
  readonly #head = new HeadReader();
  #state: State = 'open';
  #inExchange = false;
  #isReading = false;
  #requests = 0;
  /** What came and could not be used yet. */
  #held: Buffer | undefined;
  #hasEnded = false;
  #probe: HalfCloseProbe | undefined;
  #isHead = false;
  /** Whether the client has said that the request under way is its last, and sends no body. */
  #isLast = false;
  #lingered = 0;

  constructor(
    engine: Engine,
    socket: Socket,
    peer: ForwardingPeer,
    onClosed: (connection: ClientConnection) => void,
  ) {
    this.#engine = engine;
    this.#peer = peer;
    this.#onClosed = onClosed;
    this.wire = Wire.accepted(socket, this);
    this.#exchange = new Exchange(engine, this);
    this.deadline = engine.clock.after(engine.limits.headTimeoutMs);
    engine.clock.add(this);
  }

  get remoteAddress(): string {
    return this.#peer.address;
  }

  /** In a drain, a connection without a request gets a moment to send its next one. */
  drain(): void {
    if (this.#state !== 'open' || this.#inExchange) return;
    const { clock, limits } = this.#engine;
    this.deadline = Math.min(this.deadline, clock.after(limits.drainIdleMs));
  }

  destroy(): void {
    this.wire.destroy();
  }

  received(bytes: Buffer, length: number): void {
    if (this.#state === 'lingering') {
      this.#lingered += length;
      if (this.#lingered > this.#engine.limits.lingerBytes) this.wire.destroy();
      return;
    }
    if (this.#held === undefined) {
      this.#read(bytes, 0, length);
      return;
    }
    this.#held = Buffer.concat([this.#held, bytes.subarray(0, length)]);
    this.#readHeld();
  }

  ended(): void {
    this.#hasEnded = true;
    if (this.#inExchange) {
      if (this.#isCutOff) this.wire.destroy();
      else this.#probeClient();
    } else if (this.#state !== 'open' || this.#held === undefined) {
      this.wire.endAndClose();
    }
  }

  drained(): void {
    if (this.#inExchange) this.#exchange.clientDrained();
    else if (this.#state === 'open') this.#awaitRequest();
  }

  closed(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#probe?.stop();
    this.#exchange.clientGone();
    this.#forget();
  }

  expired(): void {
    if (this.#inExchange) this.#exchange.expired();
    else if (this.#state === 'open' && this.#head.isPartial) this.#refuse('slow-head', false);
    else if (this.#state === 'open' && !this.wire.hasUnsent) this.wire.endAndClose();
    else if (this.#state === 'open') this.cutOff('slow-reader');
    else this.wire.destroy();
  }

  offerInput(): void {
    this.#readHeld();
    if (this.#isCutOff) this.wire.destroy();
  }

  exchangeOver(keep: boolean): void {
    this.#inExchange = false;
    this.#probe?.stop();
    if (this.#state !== 'open') return;
    if (!keep) {
      if (this.#isLast && this.#held === undefined && !this.wire.hasUnsent) this.wire.destroy();
      else this.#linger();
      return;
    }
    this.#awaitRequest();
  }

  refuse(cause: RefusalCause, options: { keep: boolean; retryAfterSeconds?: number }): void {
    this.#refuse(cause, options.keep, options.retryAfterSeconds);
  }

  cutOff(cause: RefusalCause): void {
    this.#engine.onRefusal(cause, this.#peer.address);
    // What was cut off must not look whole (RFC 9112 section 8).
    this.wire.reset();
  }

  switchProtocols(upstream: UpstreamConnection, route: Route): void {
    this.#inExchange = false;
    this.#probe?.stop();
    this.#state = 'switched';
    this.#engine.clock.delete(this);
    const early = this.#held;
    this.#held = undefined;
    if (early !== undefined) upstream.wire.writeParts('', early, 0, early.length, '');
    if (this.#hasEnded) upstream.wire.end();
    const tunnel = new Tunnel(this.#engine, this.wire, upstream.wire, route, () => this.#forget());
    tunnel.open();
  }

  /** Whether the client has sent its last byte in the middle of a body. */
  get #isCutOff(): boolean {
    return this.#hasEnded && this.#exchange.isUploading && this.#exchange.takesBody;
  }

  /** Goes on to the next request, once the answers before it are taken. */
  #awaitRequest(): void {
    const { clock, limits, isDraining } = this.#engine;
    if (this.wire.isBacklogged) {
      this.deadline = clock.after(limits.clientStallTimeoutMs);
      return;
    }
    this.deadline = clock.after(isDraining ? limits.drainIdleMs : limits.keepAliveTimeoutMs);
    this.wire.resume();
    if (this.#isReading) return;
    this.#readHeld();
    const isServed = !this.#inExchange && this.#held === undefined;
    if (this.#hasEnded && isServed) this.wire.endAndClose();
  }

  #readHeld(): void {
    const held = this.#held;
    if (held === undefined || this.#isReading) return;
    this.#held = undefined;
    this.#read(held, 0, held.length);
    if (this.#held === undefined && this.#state === 'open') this.wire.resume();
  }

  /** Uses the bytes [start, end) as far as possible and keeps the rest. */
  #read(bytes: Buffer, start: number, end: number): void {
    let position = start;
    this.#isReading = true;
    while (position < end && this.#state === 'open') {
      if (!this.#inExchange) {
        if (this.wire.isBacklogged) break;
        position = this.#readHead(bytes, position, end);
      } else if (this.#exchange.isUploading && this.#exchange.takesBody) {
        position = this.#exchange.takeBody(bytes, position, end);
      } else break;
    }
    this.#isReading = false;
    if (this.#state !== 'open') return;
    if (this.#inExchange) this.#exchange.flushHead();
    if (position < end) this.#hold(bytes.subarray(position, end));
  }

  /** What is held is a copy: the bytes are used again by those who read them. */
  #hold(rest: Buffer): void {
    this.#held = Buffer.from(rest);
    if (rest.length > mostHeldBytes) this.wire.pause();
  }

  /** Takes one request head, or a part of one; answers the position after it. */
  #readHead(bytes: Buffer, start: number, end: number): number {
    const { requestDraft, requestHeadLimits, limits, clock } = this.#engine;
    const { head } = requestDraft;
    const reader = this.#head;
    const isFirstPart = !reader.isPartial;
    this.#isHead = false;
    head.peer = this.#peer;
    const result = reader.read(head, bytes, start, end, requestHeadLimits);
    if (result === 'too-large') {
      return this.#refuse(reader.isInStartLine ? 'target-too-long' : 'head-too-large', false);
    }
    if (result === 'refused') return this.#refuse(head.refusal, false);
    if (result === 'incomplete') {
      if (isFirstPart && this.#requests > 0) this.deadline = clock.after(limits.headTimeoutMs);
      return end;
    }
    // What comes next overwrites what the reader knows.
    const { next } = reader;
    if (head.targetLength > limits.targetBytes) return this.#refuse('target-too-long', false);
    this.#begin();
    return next;
  }

  #begin(): void {
    const { requestDraft, limits, stats, isDraining, pseudonym } = this.#engine;
    this.#isHead = requestDraft.head.method === 'HEAD';
    const refusal = applyRequestPasses(requestDraft, this.#peer, pseudonym);
    if (refusal !== undefined) {
      this.#refuse(refusal, false);
      return;
    }
    this.#requests += 1;
    this.#isLast = requestDraft.close && requestDraft.framing === noBody;
    stats.requests += 1;
    this.#inExchange = true;
    if (this.#hasEnded) this.#probeClient();
    const isLast = this.#requests >= limits.requestsPerConnection;
    this.#exchange.begin(requestDraft, requestDraft.close || isLast || isDraining);
  }

  /** Answers in the origin's place; answers the position after all that came. */
  #refuse(cause: RefusalCause, keep: boolean, retryAfterSeconds?: number): number {
    this.#engine.onRefusal(cause, this.#peer.address);
    this.#head.clear();
    this.wire.writeText(
      refusalResponse(cause, {
        date: httpDate(),
        close: !keep,
        head: this.#isHead,
        ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
      }),
    );
    this.exchangeOver(keep);
    return Number.MAX_SAFE_INTEGER;
  }

  /** Finds out whether a client that has ended its side is still there. */
  #probeClient(): void {
    this.#probe ??= new HalfCloseProbe(() => this.#exchange.probeClient());
    this.#probe.start();
  }

  #linger(): void {
    const { clock, limits } = this.#engine;
    this.#state = 'lingering';
    this.#held = undefined;
    const { clientStallTimeoutMs, lingerTimeoutMs } = limits;
    this.deadline = clock.after(this.wire.hasUnsent ? clientStallTimeoutMs : lingerTimeoutMs);
    if (this.#hasEnded) {
      this.wire.endAndClose();
      return;
    }
    this.wire.end();
    this.wire.resume();
  }

  #forget(): void {
    this.#engine.clock.delete(this);
    this.#onClosed(this);
  }
}
