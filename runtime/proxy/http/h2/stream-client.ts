import { constants, type ServerHttp2Stream } from 'node:http2';
import { Exchange } from '../exchange/exchange.ts';
import type { Reply } from '../contract/handler.ts';
import { noFields, type Engine } from '../exchange/engine.ts';
import type { BodySource, ExchangeClient, RefusalOptions } from '../exchange/exchange-client.ts';
import { applyRequestPasses } from '../forwarding/request-passes.ts';
import type { ForwardingPeer } from '../forwarding/peer.ts';
import type { RefusalCause } from '../message/refusal.ts';
import type { Timed } from '../socket/clock.ts';
import { Http2Response } from './http2-response.ts';
import type { RequestFields } from './request-fields.ts';

/** Connection that a stream belongs to. */
export interface StreamOwner {
  readonly peer: ForwardingPeer;
  /** Called once the stream is closed, however it ended. */
  streamClosed(client: StreamClient): void;
}

/** Request that came on a stream. */
export interface StreamRequest {
  /** Name, value, name, value. */
  readonly fields: readonly string[];
  readonly hasBody: boolean;
}

/**
 * Client of one exchange, on one stream of HTTP/2. It is reused for another stream once everything
 * about this one has ended.
 */
export class StreamClient implements ExchangeClient, BodySource, Timed {
  readonly response: Http2Response;
  readonly body: BodySource = this;
  hsts: readonly string[] = noFields;
  readonly #engine: Engine;
  readonly #requestFields: RequestFields;
  readonly #exchange: Exchange;
  #owner: StreamOwner | undefined;
  #stream: ServerHttp2Stream | undefined;
  #inExchange = false;
  /** Deadline after the exchange, while the rest of the response is sent. */
  #deadline = Infinity;
  #isReading = false;
  /** Part of the body that came too early. */
  #held: Buffer | undefined;
  #hasBodyEnded = false;

  constructor(engine: Engine, requestFields: RequestFields) {
    this.#engine = engine;
    this.#requestFields = requestFields;
    this.response = new Http2Response(engine, () => this.#drained());
    this.#exchange = new Exchange(engine, this);
  }

  get deadline(): number {
    return this.#inExchange ? this.#exchange.deadline : this.#deadline;
  }

  /** Begins the exchange of the request on a stream. */
  begin(owner: StreamOwner, stream: ServerHttp2Stream, request: StreamRequest): void {
    const { clock, limits, outgoingRequest, pseudonym } = this.#engine;
    const { fields, hasBody } = request;
    this.#owner = owner;
    this.#stream = stream;
    this.#hasBodyEnded = !hasBody;
    this.response.open(stream);
    stream.on('error', ignore);
    stream.on('close', this.#onClose);
    // Node ends an empty body even if nobody reads it.
    if (hasBody) stream.on('end', this.#onEnd);
    clock.add(this);
    const refusal =
      this.#requestFields.read(fields, hasBody, owner.peer) ??
      applyRequestPasses(outgoingRequest, owner.peer, pseudonym);
    this.response.log.begin(outgoingRequest.head, owner.peer, refusal === undefined);
    this.hsts =
      refusal === undefined
        ? this.#engine.hstsOf(outgoingRequest.head)
        : this.#engine.hstsOfPeer(owner.peer);
    if (refusal !== undefined) {
      this.refuse(refusal);
    } else if (outgoingRequest.framing > limits.bodyBytes) {
      this.refuse('body-too-large');
    } else {
      this.#inExchange = true;
      this.#exchange.begin(outgoingRequest, false);
      if (hasBody && this.#exchange.expectsBody) this.offerBody();
    }
  }

  /** Cancels the request, and ends its stream so that its response cannot look complete. */
  destroy(): void {
    this.#exchange.cancel('client-gone');
    this.#reset();
  }

  expired(): void {
    if (this.#inExchange) this.#exchange.expired();
    else this.cutOff('slow-reader');
  }

  pause(): void {
    this.#stream?.pause();
  }

  resume(): void {
    if (this.#isReading) this.#stream?.resume();
  }

  endRead(): void {}

  offerBody(): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    if (this.#isReading) {
      stream.resume();
    } else {
      this.#isReading = true;
      stream.on('data', this.#onData);
      setImmediate(this.#flushHead);
    }
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#exchange.takeBody(held, 0, held.length);
    if (this.#hasBodyEnded) this.#exchange.takeBodyEnd();
  }

  exchangeEnded(): void {
    const { clock, limits } = this.#engine;
    this.#inExchange = false;
    this.#deadline = clock.after(limits.clientStallTimeoutMs);
    // The client need not send the rest (RFC 9113 section 8.1).
    if (!this.#hasBodyEnded) this.#stream?.close(constants.NGHTTP2_NO_ERROR);
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
    // Without effect on an exchange that has failed. One that waits for its reader has not.
    this.#exchange.cancel('client-gone');
    this.#inExchange = false;
    this.response.log.end(cause);
    this.#reset();
  }

  /** Is never called: no request that comes by HTTP/2 asks for another protocol. */
  switchProtocols(): void {}

  /**
   * Ends the stream with INTERNAL_ERROR. Node's `close` would first end a response of which all parts
   * were sent, so that the client took it for complete.
   */
  #reset(): void {
    this.#deadline = Infinity;
    this.#stream?.destroy(new Error('the response was cut off'));
  }

  get #address(): string {
    return this.#owner?.peer.address ?? '';
  }

  readonly #onClose = (): void => {
    const owner = this.#owner;
    this.#engine.clock.delete(this);
    if (this.#inExchange) this.#exchange.clientGone();
    this.#inExchange = false;
    this.#isReading = false;
    this.#held = undefined;
    this.#stream = undefined;
    this.#owner = undefined;
    this.#deadline = Infinity;
    this.response.close();
    owner?.streamClosed(this);
  };

  readonly #onData = (bytes: Buffer): void => {
    if (!this.#inExchange) return;
    if (this.#exchange.expectsBody) {
      this.#exchange.takeBody(bytes, 0, bytes.length);
      return;
    }
    this.#held = this.#held === undefined ? bytes : Buffer.concat([this.#held, bytes]);
    this.#stream?.pause();
  };

  readonly #onEnd = (): void => {
    // Node also ends the body of a stream that the client has reset without an error.
    if (this.#stream === undefined || this.#stream.closed) return;
    this.#hasBodyEnded = true;
    if (this.#inExchange && this.#held === undefined) this.#exchange.takeBodyEnd();
  };

  /** Sends the head alone if no part of the body has come with it. */
  readonly #flushHead = (): void => {
    if (this.#inExchange) this.#exchange.flushHead();
  };

  #drained(): void {
    if (this.#inExchange) this.#exchange.clientDrained();
  }
}

/** An error of a stream is followed by its end, which is what counts. */
function ignore(): void {}
