import type { Timed } from '../socket/clock.ts';
import type { Place } from '../socket/dense-list.ts';
import type { ClientState, ExpectedBytes } from './client-state.ts';
import { noFields, type Engine } from './engine.ts';
import type { ExchangeClient, RefusalOptions, AgreedSwitch } from './exchange-client.ts';
import { Exchange } from './exchange.ts';
import { noBody } from '../message/framing.ts';
import { Http1Response } from './http1-response.ts';
import type { Reply } from '../contract/handler.ts';
import { HalfCloseProbe } from '../socket/half-close-probe.ts';
import type { ForwardingPeer } from '../forwarding/peer.ts';
import type { RefusalCause } from '../message/refusal.ts';
import { RequestReader } from './request-reader.ts';
import { applyRequestPasses } from '../forwarding/request-passes.ts';
import { Tunnel } from './tunnel.ts';
import { SocketIo, type ReadyConnection, type SocketHandler } from '../socket/socket-io.ts';

/** One connection of a client, with the requests that arrive on it. */
export class ClientConnection implements SocketHandler, ExchangeClient, Timed {
  readonly inClock: Place = { index: -1 };
  readonly inServer: Place = { index: -1 };
  readonly io: SocketIo;
  readonly body: SocketIo;
  readonly response: Http1Response;
  hsts: readonly string[] = noFields;
  readonly #engine: Engine;
  readonly #peer: ForwardingPeer;
  readonly #onClosed: (connection: ClientConnection) => void;
  readonly #exchange: Exchange;
  readonly #reader: RequestReader;
  #state: ClientState = 'open';
  #inExchange = false;
  /** Deadline outside of an exchange. */
  #deadline: number;
  /** Time of the engine's clock at which it was accepted, or its last exchange ended. */
  #waitingSince: number;
  #requests = 0;
  /** True while bytes are being used: what is expected next is then checked after each use. */
  #isReading = false;
  #hasEnded = false;
  #probe: HalfCloseProbe | undefined;
  #isHead = false;
  /** True if the client has said that the current request is its last, and sends no body. */
  #isLast = false;
  #lingered = 0;
  #tunnel: Tunnel | undefined;

  constructor(
    engine: Engine,
    accepted: ReadyConnection,
    peer: ForwardingPeer,
    onClosed: (connection: ClientConnection) => void,
  ) {
    this.#engine = engine;
    this.#peer = peer;
    this.#onClosed = onClosed;
    this.body = this.io = SocketIo.accepted(accepted, this);
    this.response = new Http1Response(engine, this.io);
    this.#reader = new RequestReader(engine, peer);
    this.#exchange = new Exchange(engine, this);
    this.#deadline = engine.headDeadline;
    this.#waitingSince = engine.clock.now;
    engine.clock.add(this);
  }

  get deadline(): number {
    return this.#inExchange ? this.#exchange.deadline : this.#deadline;
  }

  /** Milliseconds of the engine's clock since which no part of a request has come. */
  get idleSince(): number | undefined {
    const isIdle =
      this.#state === 'open' && !this.#inExchange && !this.#reader.isInHead && !this.io.hasUnsent;
    return isIdle ? this.#waitingSince : undefined;
  }

  /** Leaves a connection without a request a moment to send its next one. */
  drain(): void {
    if (this.#state !== 'open' || this.#inExchange) return;
    this.#deadline = Math.min(this.#deadline, this.#engine.idleDeadline);
  }

  /** Closes the connection in an orderly way, for one that is idle. */
  closeIdle(): void {
    this.io.endAndClose();
  }

  /** Closes the connection, and cancels its request, before they have ended. */
  destroy(): void {
    if (this.#tunnel !== undefined) return this.#tunnel.close();
    this.#exchange.cancel('client-gone');
    this.io.destroy();
  }

  received(bytes: Buffer, length: number): void {
    if (this.#state === 'lingering') {
      this.#lingered += length;
      if (this.#lingered > this.#engine.limits.lingerBytes) this.io.destroy();
    } else if (this.#reader.isHolding) {
      this.#reader.hold(bytes, 0, length);
      this.#readOn();
    } else {
      this.#read(bytes, length);
    }
  }

  ended(): void {
    this.#hasEnded = true;
    if (this.#inExchange) {
      if (this.#exchange.expectsBody) this.io.destroy();
      else this.#probeClient();
    } else if (this.#state !== 'open' || !this.#reader.isHolding) {
      this.io.endAndClose();
    }
  }

  drained(): void {
    if (this.#inExchange) this.#exchange.clientReads(true);
    else if (this.#state === 'open') this.#awaitRequest();
  }

  closed(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#probe?.stop();
    this.#exchange.clientGone();
    this.response.log.end('client-gone');
    this.#forget();
  }

  expired(): void {
    if (this.#inExchange) this.#exchange.expired();
    else if (this.#state === 'open' && this.#reader.isInHead) this.#refuseHead('slow-head');
    else if (this.#state === 'open' && !this.io.hasUnsent) this.io.endAndClose();
    else if (this.#state === 'open') this.cutOff('slow-reader');
    else this.io.destroy();
  }

  offerBody(): void {
    this.#readOn();
    // The client has ended in the middle of the body.
    if (this.#hasEnded && this.#exchange.expectsBody) this.io.destroy();
  }

  exchangeEnded(keep: boolean): void {
    this.#inExchange = false;
    this.#probe?.stop();
    if (this.#state !== 'open') return;
    if (keep) this.#awaitRequest();
    else if (this.#isLast && !this.#reader.isHolding && !this.io.hasUnsent) this.io.destroy();
    else this.#linger();
  }

  refuse(cause: RefusalCause, options: RefusalOptions = {}): void {
    const { keep = false, retryAfterSeconds } = options;
    this.#engine.onRefusal(cause, this.#peer.address);
    this.#reader.dropHead();
    const how = { close: !keep, head: this.#isHead, hsts: this.hsts };
    this.response.refuse(cause, { ...how, retryAfterSeconds });
    this.exchangeEnded(keep);
  }

  reply(reply: Reply, keep: boolean): void {
    this.response.reply(reply, { close: !keep, head: this.#isHead, hsts: this.hsts });
    this.exchangeEnded(keep);
  }

  cutOff(cause: RefusalCause): void {
    this.#engine.onRefusal(cause, this.#peer.address);
    this.response.cutOff(cause);
  }

  switchProtocols(agreed: AgreedSwitch): void {
    const upstream = agreed.connection.io;
    this.response.sendSwitch(agreed);
    this.#state = 'switched';
    this.exchangeEnded(false);
    this.#engine.clock.delete(this);
    const held = this.#reader.takeHeld();
    if (held !== undefined) upstream.writeBytes(held, 0, held.length);
    if (this.#hasEnded) upstream.end();
    const onClientClosed = () => this.#forget();
    const ends = { client: this.io, upstream, route: agreed.route, onClientClosed };
    this.#tunnel = new Tunnel(this.#engine, ends).open();
  }

  get #expecting(): ExpectedBytes {
    if (this.#state !== 'open') return 'nothing';
    if (this.#inExchange) return this.#exchange.expectsBody ? 'body' : 'nothing';
    return this.io.isBacklogged ? 'nothing' : 'head';
  }

  /** Uses the first `length` bytes as far as possible and holds the rest. */
  #read(bytes: Buffer, length: number): void {
    let position = 0;
    this.#isReading = true;
    while (position < length) {
      const expecting = this.#expecting;
      if (expecting === 'head') position = this.#readHead(bytes, position, length);
      else if (expecting === 'body') position = this.#exchange.takeBody(bytes, position, length);
      else break;
    }
    this.#isReading = false;
    if (this.#state !== 'open') return;
    if (this.#inExchange) this.#exchange.flushHead();
    if (position === length) return;
    this.#reader.hold(bytes, position, length);
    if (this.#reader.isFull) this.io.pause();
  }

  /** Uses the bytes that are held, because they may be expected now. */
  #readOn(): void {
    if (this.#isReading) return;
    const held = this.#reader.takeHeld();
    if (held === undefined) return;
    this.#read(held, held.length);
    if (!this.#reader.isHolding && this.#state === 'open') this.io.resume();
  }

  /** Reads one head, or a part of one. @returns the position after it. */
  #readHead(bytes: Buffer, start: number, end: number): number {
    const result = this.#reader.readHead(bytes, start, end);
    const { next } = this.#reader;
    if (result === 'complete') {
      this.#begin();
    } else if (result === 'begun') {
      // The time limit of the first head runs since the connection was accepted.
      if (this.#requests > 0) this.#deadline = this.#engine.headDeadline;
    } else if (result !== 'incomplete') {
      this.#refuseHead(result);
    }
    return next;
  }

  /** Refuses a request whose head was not read to its end. */
  #refuseHead(cause: RefusalCause): void {
    this.#isHead = this.#reader.isOfHead;
    this.hsts = this.#engine.hstsOfPeer(this.#peer);
    this.response.log.beginUnread(this.#peer);
    this.refuse(cause);
  }

  /** Begins the exchange of the request whose head was read. */
  #begin(): void {
    const { outgoingRequest: request, limits, isDraining, via } = this.#engine;
    this.#isHead = request.head.method === 'HEAD';
    const refusal = applyRequestPasses(request, this.#peer, via);
    this.response.log.begin(request.head, this.#peer, refusal === undefined);
    if (refusal !== undefined) {
      this.hsts = this.#engine.hstsOfPeer(this.#peer);
      return this.refuse(refusal);
    }
    this.hsts = this.#engine.hstsOf(request.head);
    if (request.framing > limits.bodyBytes) return this.refuse('body-too-large');
    this.#requests += 1;
    this.#isLast = request.close && request.framing === noBody;
    this.#inExchange = true;
    if (this.#hasEnded) this.#probeClient();
    const isLast = this.#requests >= limits.requestsPerConnection;
    this.#exchange.begin(request, request.close || isLast || isDraining);
  }

  /** Goes on to the next request once the client has taken the responses before it. */
  #awaitRequest(): void {
    const { clock, limits } = this.#engine;
    if (this.io.isBacklogged) {
      this.#deadline = clock.after(limits.clientStallTimeoutMs);
      return;
    }
    this.#deadline = this.#engine.idleDeadline;
    this.#waitingSince = clock.now;
    this.io.resume();
    if (this.#isReading) return;
    this.#readOn();
    const isServed = !this.#inExchange && !this.#reader.isHolding;
    if (this.#hasEnded && isServed) this.io.endAndClose();
  }

  /** Finds out whether a client that has ended its side still waits for the response. */
  #probeClient(): void {
    this.#probe ??= new HalfCloseProbe(() => this.response.probe());
    this.#probe.start();
  }

  #linger(): void {
    const isOver = this.#hasEnded || (this.#isLast && !this.#reader.isHolding);
    this.#state = 'lingering';
    this.#reader.takeHeld();
    this.#deadline = this.#engine.lingerDeadline(this.io.hasUnsent);
    if (isOver) return this.io.endAndClose();
    this.io.end();
    this.io.resume();
  }

  #forget(): void {
    this.#engine.clock.delete(this);
    this.#onClosed(this);
  }
}
