import { Exchange } from '../exchange/exchange.ts';
import type { Reply } from '../contract/handler.ts';
import { noFields, type Engine } from '../exchange/engine.ts';
import type { BodySource, ExchangeClient, RefusalOptions } from '../exchange/exchange-client.ts';
import { applyRequestPasses } from '../forwarding/request-passes.ts';
import type { ForwardingPeer } from '../forwarding/peer.ts';
import type { RefusalCause } from '../message/refusal.ts';
import type { Timed } from '../socket/clock.ts';
import type { Place } from '../socket/dense-list.ts';
import type { FrameWriter } from './frame-writer.ts';
import { defaultWindow, Http2Code, resetFrame, windowUpdateFrame } from './frames.ts';
import { HeldBytes } from '../message/held-bytes.ts';
import { Http2Response, type ResponseEvents } from './http2-response.ts';
import { ReceiveWindow } from './receive-window.ts';
import type { RequestFields } from './request-fields.ts';

/** Connection that a stream belongs to. */
export interface StreamOwner {
  readonly peer: ForwardingPeer;
  readonly writer: FrameWriter;
  /** Notes that bytes of a body were used, so that the client may send as many more. */
  used(bytes: number): void;
  /** Resets a stream whose request broke a rule (RFC 9113 section 8.1.1). */
  refuseStream(client: StreamClient): void;
  /** Called once the stream is closed, however it ended. */
  streamClosed(client: StreamClient): void;
}

/** Request that came on a stream. */
export interface StreamRequest {
  readonly streamId: number;
  /** Name, value, name, value. */
  readonly fields: readonly string[];
  readonly hasBody: boolean;
}

/**
 * Client of one exchange, on one stream of HTTP/2. It is reused for another stream once everything
 * about this one has ended.
 */
export class StreamClient implements ExchangeClient, BodySource, ResponseEvents, Timed {
  readonly inClock: Place = { index: -1 };
  readonly response: Http2Response;
  readonly body: BodySource = this;
  hsts: readonly string[] = noFields;
  readonly #engine: Engine;
  readonly #requestFields: RequestFields;
  readonly #exchange: Exchange;
  #owner: StreamOwner | undefined;
  #streamId = 0;
  #inExchange = false;
  /** Deadline after the exchange, while the rest of the response is sent. */
  #deadline = Infinity;
  readonly #window = new ReceiveWindow(defaultWindow);
  /** Bytes of the body that are to come; Infinity if that is not known. */
  #bodyLeft = Infinity;
  #hasBodyEnded = false;
  /** Part of the body that came too early. */
  readonly #held = new HeldBytes();
  #isPaused = false;
  /** Bytes that were used while it was paused. */
  #usedPaused = 0;

  constructor(engine: Engine, requestFields: RequestFields) {
    this.#engine = engine;
    this.#requestFields = requestFields;
    this.response = new Http2Response(engine, this);
    this.#exchange = new Exchange(engine, this);
  }

  get deadline(): number {
    return this.#inExchange ? this.#exchange.deadline : this.#deadline;
  }

  get streamId(): number {
    return this.#streamId;
  }

  /** True once the client sends nothing more on the stream. */
  get hasBodyEnded(): boolean {
    return this.#hasBodyEnded;
  }

  /** Begins the exchange of a request. */
  begin(owner: StreamOwner, { streamId, fields, hasBody }: StreamRequest): void {
    const { clock, outgoingRequest, via } = this.#engine;
    this.#owner = owner;
    this.#streamId = streamId;
    this.#hasBodyEnded = !hasBody;
    this.#bodyLeft = Infinity;
    this.#window.reset();
    clock.add(this);
    const unread = this.#requestFields.read(fields, hasBody, owner.peer);
    this.response.open(owner.writer, streamId, this.#requestFields.isToHead);
    if (unread === 'malformed') {
      owner.refuseStream(this);
      return;
    }
    const refusal = unread ?? applyRequestPasses(outgoingRequest, owner.peer, via);
    if (this.#requestFields.isParsed) {
      this.response.log.begin(outgoingRequest.head, owner.peer, refusal === undefined);
    } else {
      this.response.log.beginUnread(owner.peer);
    }
    if (refusal === undefined) {
      this.#exchangeRequest(hasBody);
    } else {
      this.hsts = this.#engine.hstsOfPeer(owner.peer);
      this.refuse(refusal);
    }
  }

  /** Takes a part of the request's body, [start, end). */
  takeBody(bytes: Buffer, start: number, end: number): void {
    this.#bodyLeft -= end - start;
    if (this.#bodyLeft < 0 || !this.#inExchange) {
      this.#owner?.used(end - start);
      if (this.#bodyLeft < 0) this.#owner?.refuseStream(this);
    } else if (this.#exchange.expectsBody && !this.#isPaused && this.#held.isEmpty) {
      this.#forward(bytes, start, end);
    } else {
      this.#held.append(bytes, start, end);
    }
  }

  /** Takes the end of the request's body. */
  takeBodyEnd(): void {
    if (this.#bodyLeft > 0 && this.#bodyLeft !== Infinity) {
      this.#owner?.refuseStream(this);
      return;
    }
    this.#hasBodyEnded = true;
    if (this.#inExchange && this.#held.isEmpty) this.#exchange.takeBodyEnd();
  }

  /** Takes the bytes of a DATA frame off the window. @returns false if it does not allow them. */
  takeWindow(bytes: number): boolean {
    return this.#window.take(bytes);
  }

  /** Notes that bytes of DATA frames were used, so that the client may send as many more. */
  used(bytes: number): void {
    const owner = this.#owner;
    if (owner === undefined || bytes === 0) return;
    owner.used(bytes);
    const increment = this.#hasBodyEnded ? 0 : this.#window.use(bytes);
    if (increment > 0) owner.writer.send(windowUpdateFrame(this.#streamId, increment));
  }

  /** Sends the head of the request alone if no part of its body has come with it. */
  flushHead(): void {
    if (this.#inExchange) this.#exchange.flushHead();
  }

  /** Ends the stream by RST_STREAM, and its exchange as if the client were gone. */
  reset(code: Http2Code): void {
    if (this.#owner === undefined) return;
    this.#owner.writer.send(resetFrame(this.#streamId, code));
    this.#exchange.cancel('client-gone');
    this.#close();
  }

  /** Ends the stream, because the client has reset it or its connection is closed. */
  abort(): void {
    if (this.#inExchange) this.#exchange.clientGone();
    this.#hasBodyEnded = true;
    this.#close();
  }

  expired(): void {
    if (this.#inExchange) this.#exchange.expired();
    else this.cutOff('slow-reader');
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    const used = this.#usedPaused;
    this.#usedPaused = 0;
    this.used(used);
    this.offerBody();
  }

  endRead(): void {}

  offerBody(): void {
    if (!this.#held.isEmpty && !this.#isPaused && this.#exchange.expectsBody) {
      const held = this.#held.take();
      this.#forward(held, 0, held.length);
    }
    if (this.#hasBodyEnded && this.#inExchange && this.#held.isEmpty) this.#exchange.takeBodyEnd();
  }

  exchangeEnded(): void {
    this.#inExchange = false;
    if (this.response.isEnded) this.ended();
    else this.queueMoves();
  }

  refuse(cause: RefusalCause, { retryAfterSeconds }: RefusalOptions = {}): void {
    this.#engine.onRefusal(cause, this.#address);
    this.response.refuse(cause, { hsts: this.hsts, retryAfterSeconds });
    this.exchangeEnded();
  }

  reply(reply: Reply): void {
    this.response.reply(reply, this.hsts);
    this.exchangeEnded();
  }

  cutOff(cause: RefusalCause): void {
    this.#engine.onRefusal(cause, this.#address);
    this.response.log.end(cause);
    // Without effect on an exchange that has failed. One that waits for its reader has not.
    this.reset(Http2Code.internalError);
  }

  /** Is never called: no request that comes by HTTP/2 asks for another protocol. */
  switchProtocols(): void {}

  drained(): void {
    if (this.#inExchange) this.#exchange.clientReads(true);
  }

  queueMoves(): void {
    if (this.#inExchange) this.#exchange.clientReads(false);
    else this.#deadline = this.#engine.clock.after(this.#engine.limits.clientStallTimeoutMs);
  }

  ended(): void {
    if (this.#inExchange || this.#owner === undefined) return;
    // The client need not send the rest (RFC 9113 section 8.1).
    if (this.#hasBodyEnded) this.#close();
    else this.reset(Http2Code.noError);
  }

  get #address(): string {
    return this.#owner?.peer.address ?? '';
  }

  #exchangeRequest(hasBody: boolean): void {
    const { limits, outgoingRequest } = this.#engine;
    const { framing } = outgoingRequest;
    this.hsts = this.#engine.hstsOf(outgoingRequest.head);
    if (framing > limits.bodyBytes) {
      this.refuse('body-too-large');
      return;
    }
    if (hasBody && framing >= 0) this.#bodyLeft = framing;
    this.#inExchange = true;
    this.#exchange.begin(outgoingRequest, false);
  }

  #forward(bytes: Buffer, start: number, end: number): void {
    const owner = this.#owner;
    this.#exchange.takeBody(bytes, start, end);
    if (this.#isPaused) this.#usedPaused += end - start;
    else if (this.#owner === undefined) owner?.used(end - start);
    else this.used(end - start);
  }

  #close(): void {
    const owner = this.#owner;
    if (owner === undefined) return;
    this.#engine.clock.delete(this);
    this.#inExchange = false;
    this.#deadline = Infinity;
    this.#isPaused = false;
    const unused = this.#usedPaused + this.#held.take().length;
    this.#usedPaused = 0;
    this.response.close();
    this.#owner = undefined;
    if (unused > 0) owner.used(unused);
    owner.streamClosed(this);
  }
}
