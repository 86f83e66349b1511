import type { Socket } from 'node:net';
import type { Timed } from '../socket/clock.ts';
import type { Engine } from './engine.ts';
import type { ExchangeClient, RefusalOptions } from './exchange-client.ts';
import { Exchange } from './exchange.ts';
import { noBody } from '../message/framing.ts';
import type { Route } from '../contract/handler.ts';
import { HalfCloseProbe } from '../socket/half-close-probe.ts';
import { httpDate } from '../message/http-date.ts';
import type { ForwardingPeer } from '../forwarding/peer.ts';
import { refusalResponse, type RefusalCause } from '../message/refusal.ts';
import { RequestReader, type RequestReaderUser, type Expecting } from './request-reader.ts';
import { applyRequestPasses } from '../forwarding/request-passes.ts';
import { Tunnel } from './tunnel.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';
import { SocketIo, type SocketHandler } from '../socket/socket-io.ts';

/**
 * - `open`: requests come and are answered, one after the other.
 * - `lingering`: the last answer was sent; what the client still sends is read and thrown away, for
 *   a connection closed with unread bytes may take the answer with it (RFC 9112 section 9.6).
 * - `switched`: the connection belongs to a tunnel.
 * - `closed`: nothing more happens.
 */
type State = 'open' | 'lingering' | 'switched' | 'closed';

/** One connection of a client and the requests that come by it. */
export class ClientConnection implements SocketHandler, RequestReaderUser, ExchangeClient, Timed {
  readonly io: SocketIo;
  deadline: number;
  readonly #engine: Engine;
  readonly #peer: ForwardingPeer;
  readonly #onClosed: (connection: ClientConnection) => void;
  readonly #exchange: Exchange;
  readonly #reader: RequestReader;
  #state: State = 'open';
  #inExchange = false;
  #requests = 0;
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
    this.io = SocketIo.accepted(socket, this);
    this.#reader = new RequestReader(engine, peer, this);
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
    this.io.destroy();
  }

  received(bytes: Buffer, length: number): void {
    if (this.#state === 'lingering') {
      this.#lingered += length;
      if (this.#lingered > this.#engine.limits.lingerBytes) this.io.destroy();
      return;
    }
    this.#reader.received(bytes, length);
  }

  ended(): void {
    this.#hasEnded = true;
    if (this.#inExchange) {
      if (this.#isCutOff) this.io.destroy();
      else this.#probeClient();
    } else if (this.#state !== 'open' || !this.#reader.isHolding) {
      this.io.endAndClose();
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
    else if (this.#state === 'open' && this.#reader.isInHead) this.refuse('slow-head');
    else if (this.#state === 'open' && !this.io.hasUnsent) this.io.endAndClose();
    else if (this.#state === 'open') this.cutOff('slow-reader');
    else this.io.destroy();
  }

  get expecting(): Expecting {
    if (this.#state !== 'open') return 'no-more';
    if (!this.#inExchange) return this.io.isBacklogged ? 'nothing' : 'head';
    return this.#exchange.isUploading && this.#exchange.takesBody ? 'body' : 'nothing';
  }

  headBegun(): void {
    const { clock, limits } = this.#engine;
    this.#isHead = false;
    // The first head has been waited for since the connection stands.
    if (this.#requests > 0) this.deadline = clock.after(limits.headTimeoutMs);
  }

  headRead(): void {
    const { outgoingRequest, limits, stats, isDraining, pseudonym } = this.#engine;
    this.#isHead = outgoingRequest.head.method === 'HEAD';
    const refusal = applyRequestPasses(outgoingRequest, this.#peer, pseudonym);
    if (refusal !== undefined) {
      this.refuse(refusal);
      return;
    }
    if (outgoingRequest.framing > limits.bodyBytes) {
      this.refuse('body-too-large');
      return;
    }
    this.#requests += 1;
    this.#isLast = outgoingRequest.close && outgoingRequest.framing === noBody;
    stats.requests += 1;
    this.#inExchange = true;
    if (this.#hasEnded) this.#probeClient();
    const isLast = this.#requests >= limits.requestsPerConnection;
    this.#exchange.begin(outgoingRequest, outgoingRequest.close || isLast || isDraining);
  }

  headRefused(cause: RefusalCause): void {
    this.#isHead = false;
    this.refuse(cause);
  }

  takeBody(bytes: Buffer, start: number, end: number): number {
    return this.#exchange.takeBody(bytes, start, end);
  }

  inputUsed(): void {
    if (this.#inExchange) this.#exchange.flushHead();
  }

  offerInput(): void {
    this.#reader.readOn();
    if (this.#isCutOff) this.io.destroy();
  }

  exchangeOver(keep: boolean): void {
    this.#inExchange = false;
    this.#probe?.stop();
    if (this.#state !== 'open') return;
    if (!keep) {
      if (this.#isLast && !this.#reader.isHolding && !this.io.hasUnsent) this.io.destroy();
      else this.#linger();
      return;
    }
    this.#awaitRequest();
  }

  /** Answers in the origin's place. */
  refuse(cause: RefusalCause, options: RefusalOptions = {}): void {
    const { keep = false, retryAfterSeconds } = options;
    this.#engine.onRefusal(cause, this.#peer.address);
    this.#reader.dropHead();
    this.io.writeText(
      refusalResponse(cause, {
        date: httpDate(),
        close: !keep,
        head: this.#isHead,
        ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
      }),
    );
    this.exchangeOver(keep);
  }

  cutOff(cause: RefusalCause): void {
    this.#engine.onRefusal(cause, this.#peer.address);
    // What was cut off must not look whole (RFC 9112 section 8).
    this.io.reset();
  }

  switchProtocols(upstream: UpstreamConnection, route: Route): void {
    this.#inExchange = false;
    this.#probe?.stop();
    this.#state = 'switched';
    this.#engine.clock.delete(this);
    const early = this.#reader.takeHeld();
    if (early !== undefined) upstream.io.writeParts('', early, 0, early.length, '');
    if (this.#hasEnded) upstream.io.end();
    const tunnel = new Tunnel(this.#engine, this.io, upstream.io, route, () => this.#forget());
    tunnel.open();
  }

  /** Whether the client has sent its last byte in the middle of a body. */
  get #isCutOff(): boolean {
    return this.#hasEnded && this.#exchange.isUploading && this.#exchange.takesBody;
  }

  /** Goes on to the next request, once the answers before it are taken. */
  #awaitRequest(): void {
    const { clock, limits, isDraining } = this.#engine;
    if (this.io.isBacklogged) {
      this.deadline = clock.after(limits.clientStallTimeoutMs);
      return;
    }
    this.deadline = clock.after(isDraining ? limits.drainIdleMs : limits.keepAliveTimeoutMs);
    this.io.resume();
    if (this.#reader.isReading) return;
    this.#reader.readOn();
    const isServed = !this.#inExchange && !this.#reader.isHolding;
    if (this.#hasEnded && isServed) this.io.endAndClose();
  }

  /** Finds out whether a client that has ended its side is still there. */
  #probeClient(): void {
    this.#probe ??= new HalfCloseProbe(() => this.#exchange.probeClient());
    this.#probe.start();
  }

  #linger(): void {
    const { clock, limits } = this.#engine;
    this.#state = 'lingering';
    this.#reader.takeHeld();
    const { clientStallTimeoutMs, lingerTimeoutMs } = limits;
    this.deadline = clock.after(this.io.hasUnsent ? clientStallTimeoutMs : lingerTimeoutMs);
    if (this.#hasEnded) {
      this.io.endAndClose();
      return;
    }
    this.io.end();
    this.io.resume();
  }

  #forget(): void {
    this.#engine.clock.delete(this);
    this.#onClosed(this);
  }
}
