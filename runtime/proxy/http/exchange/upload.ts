import type { Route } from '../contract/handler.ts';
import { BodyWriter } from './body-writer.ts';
import { BodyDecoder } from '../message/body-decoder.ts';
import { chunked } from '../message/framing.ts';
import type { OutgoingRequest } from '../forwarding/outgoing-request.ts';
import type { SocketIo } from '../socket/socket-io.ts';

const nothing = Buffer.alloc(0);

/** Sends a request to an upstream: its head, then its body as it arrives. */
export class Upload {
  readonly #mostBytes: number;
  readonly #body = new BodyDecoder();
  readonly #writer = new BodyWriter();
  #bodyBytes = 0;
  #awaitsContinue = false;
  /** Sent with each attempt. */
  #head = '';
  /** Head that was not sent yet: it is sent with the first part of the body. */
  #unsentHead = '';

  /** @param mostBytes largest body that is forwarded. */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** Bytes of the body that were sent. */
  get bodyBytes(): number {
    return this.#bodyBytes;
  }

  /** True while the client waits for an interim response before it sends its body. */
  get awaitsContinue(): boolean {
    return this.#awaitsContinue;
  }

  /** True if the whole body has arrived and was sent. */
  get isDone(): boolean {
    return this.#body.isDone;
  }

  /** True if head and body were sent. */
  get isSent(): boolean {
    return this.#body.isDone && this.#unsentHead === '';
  }

  /** @param route first attempt; it names the Host of a request that has none. */
  start(request: OutgoingRequest, { host, upstream }: Pick<Route, 'host' | 'upstream'>): void {
    this.#body.start(request.sourceFraming);
    this.#writer.begin(request.framing === chunked);
    this.#bodyBytes = 0;
    this.#awaitsContinue = request.expectsContinue;
    if (host !== undefined) request.replaceHost(host);
    this.#head = request.text(upstream.key);
  }

  /** Prepares the head for an attempt, be it the first or a retry. */
  prepareHead(): void {
    this.#unsentHead = this.#head;
  }

  /** Sends the head if it still waits for a part of the body, and the end of an empty body. */
  flushHead(io: SocketIo): void {
    if (this.#unsentHead === '') return;
    this.#writer.send(io, this.#unsentHead, nothing, this.#body);
    this.#unsentHead = '';
  }

  /** Sends the end of a body whose source has ended, and the head if it still waits. */
  sendEnd(io: SocketIo): void {
    if (this.#body.isDone || !this.#body.endOfInput()) return;
    this.#writer.send(io, this.#unsentHead, nothing, this.#body);
    this.#unsentHead = '';
  }

  /** Notes that an interim response has come, so that the client may send its body now. */
  proceed(): void {
    this.#awaitsContinue = false;
  }

  /**
   * Sends the part of the body that stands in [start, end).
   * @returns the position after it, or the reason why nothing was sent.
   */
  send(
    io: SocketIo,
    bytes: Buffer,
    start: number,
    end: number,
  ): number | 'chunk' | 'trailer' | 'body-too-large' {
    const body = this.#body;
    const consumed = body.decode(bytes, start, end);
    if (typeof consumed === 'string') return consumed;
    this.#bodyBytes += body.payloadEnd - body.payloadStart;
    if (this.#bodyBytes > this.#mostBytes) return 'body-too-large';
    const head = this.#unsentHead;
    this.#unsentHead = '';
    this.#awaitsContinue = false;
    this.#writer.send(io, head, bytes, body);
    return consumed;
  }
}
