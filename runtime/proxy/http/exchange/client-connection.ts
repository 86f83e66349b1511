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
import { RequestIntake, type IntakeUser, type Wanted } from './request-reader.ts';
import { applyRequestPasses } from '../forwarding/request-passes.ts';
import { Tunnel } from './tunnel.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';
import { Wire, type WireUser } from '../socket/socket-io.ts';

/**
 * - `open`: requests come and are answered, one after the other.
 * - `lingering`: the last answer was sent; what the client still sends is read and thrown away, for
 *   a connection closed with unread bytes may take the answer with it (RFC 9112 section 9.6).
 * - `switched`: the connection belongs to a tunnel.
 * - `closed`: nothing more happens.
 */
type State = 'open' | 'lingering' | 'switched' | 'closed';

/** One connection of a client and the requests that come by it. */
export class ClientConnection implements WireUser, IntakeUser, ExchangeClient, Timed {
  readonly wire: Wire;
  deadline: number;
  readonly #engine: Engine;
  readonly #peer: ForwardingPeer;
  readonly #onClosed: (connection: ClientConnection) => void;
  readonly #exchange: Exchange;
  readonly #intake: RequestIntake;
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
    this.wire = Wire.accepted(socket, this);
    this.#intake = new RequestIntake(engine, peer, this);
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
    this.#intake.received(bytes, length);
  }

  ended(): void {
    this.#hasEnded = true;
    if (this.#inExchange) {
      if (this.#isCutOff) this.wire.destroy();
      else this.#probeClient();
    } else if (this.#state !== 'open' || !this.#intake.isHolding) {
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
    else if (this.#state === 'open' && this.#intake.isInHead) this.refuse('slow-head');
    else if (this.#state === 'open' && !this.wire.hasUnsent) this.wire.endAndClose();
    else if (this.#state === 'open') this.cutOff('slow-reader');
    else this.wire.destroy();
  }

  get wants(): Wanted {
    if (this.#state !== 'open') return 'no-more';
    if (!this.#inExchange) return this.wire.isBacklogged ? 'nothing' : 'head';
    return this.#exchange.isUploading && this.#exchange.takesBody ? 'body' : 'nothing';
  }

  headBegun(): void {
    const { clock, limits } = this.#engine;
    this.#isHead = false;
    // The first head has been waited for since the connection stands.
    if (this.#requests > 0) this.deadline = clock.after(limits.headTimeoutMs);
  }

  headRead(): void {
    const { requestDraft, limits, stats, isDraining, pseudonym } = this.#engine;
    this.#isHead = requestDraft.head.method === 'HEAD';
    const refusal = applyRequestPasses(requestDraft, this.#peer, pseudonym);
    if (refusal !== undefined) {
      this.refuse(refusal);
      return;
    }
    if (requestDraft.framing > limits.bodyBytes) {
      this.refuse('body-too-large');
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
    this.#intake.readOn();
    if (this.#isCutOff) this.wire.destroy();
  }

  exchangeOver(keep: boolean): void {
    this.#inExchange = false;
    this.#probe?.stop();
    if (this.#state !== 'open') return;
    if (!keep) {
      if (this.#isLast && !this.#intake.isHolding && !this.wire.hasUnsent) this.wire.destroy();
      else this.#linger();
      return;
    }
    this.#awaitRequest();
  }

  /** Answers in the origin's place. */
  refuse(cause: RefusalCause, options: RefusalOptions = {}): void {
    const { keep = false, retryAfterSeconds } = options;
    this.#engine.onRefusal(cause, this.#peer.address);
    this.#intake.dropHead();
    this.wire.writeText(
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
    this.wire.reset();
  }

  switchProtocols(upstream: UpstreamConnection, route: Route): void {
    this.#inExchange = false;
    this.#probe?.stop();
    this.#state = 'switched';
    this.#engine.clock.delete(this);
    const early = this.#intake.takeHeld();
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
    if (this.#intake.isReading) return;
    this.#intake.readOn();
    const isServed = !this.#inExchange && !this.#intake.isHolding;
    if (this.#hasEnded && isServed) this.wire.endAndClose();
  }

  /** Finds out whether a client that has ended its side is still there. */
  #probeClient(): void {
    this.#probe ??= new HalfCloseProbe(() => this.#exchange.probeClient());
    this.#probe.start();
  }

  #linger(): void {
    const { clock, limits } = this.#engine;
    this.#state = 'lingering';
    this.#intake.takeHeld();
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
