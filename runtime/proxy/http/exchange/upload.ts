import { BodyDecoder } from '../message/body-decoder.ts';
import { sendBody } from './body-sender.ts';
import { chunked } from '../message/framing.ts';
import type { OutgoingRequest } from '../forwarding/outgoing-request.ts';
import type { SocketIo } from '../socket/socket-io.ts';

/** A request on its way to the origin: its head, then what comes of its body. */
export class Upload {
  /** Of the body, sent so far. */
  bodyBytes = 0;
  /** Whether the client sends its body only when told to. */
  awaitsContinue = false;
  readonly #body = new BodyDecoder();
  #isChunked = false;
  #head = '';
  /** What of the head has not been sent yet: it goes with the first part of the body. */
  #unsentHead = '';

  /** Whether the whole body has come and was sent. */
  get isDone(): boolean {
    return this.#body.isDone;
  }

  /** Whether nothing is left to be sent. */
  get isSent(): boolean {
    return this.#body.isDone && this.#unsentHead === '';
  }

  start(request: OutgoingRequest): void {
    this.#isChunked = request.framing === chunked;
    this.#body.start(request.framing);
    this.bodyBytes = 0;
    this.awaitsContinue = request.expectsContinue;
    this.#unsentHead = '';
  }

  /** Sets the head that is sent with each attempt. */
  set head(text: string) {
    this.#head = text;
  }

  /** The head is to be sent, be it again. */
  restart(): void {
    this.#unsentHead = this.#head;
  }

  /** Sends the head alone, when it still waits for a part of the body. */
  flushHead(io: SocketIo): void {
    if (this.#unsentHead === '') return;
    io.writeText(this.#unsentHead);
    this.#unsentHead = '';
  }

  /**
   * Sends what belongs to the body in [start, end).
   * @returns the position after it, or why nothing of it was sent.
   */
  send(
    io: SocketIo,
    bytes: Buffer,
    start: number,
    end: number,
    mostBytes: number,
  ): number | 'chunk' | 'trailer' | 'body-too-large' {
    const body = this.#body;
    const consumed = body.decode(bytes, start, end);
    if (typeof consumed === 'string') return consumed;
    this.bodyBytes += body.payloadEnd - body.payloadStart;
    if (this.bodyBytes > mostBytes) return 'body-too-large';
    const text = this.#unsentHead;
    this.#unsentHead = '';
    this.awaitsContinue = false;
    const { payloadStart, payloadEnd, isDone } = body;
    sendBody(io, this.#isChunked, text, bytes, payloadStart, payloadEnd, isDone);
    return consumed;
  }
}
