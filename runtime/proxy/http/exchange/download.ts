import { BodyDecoder } from '../message/body-decoder.ts';
import { sendBody } from './body-sender.ts';
import type { Engine } from './engine.ts';
import { FieldKind } from '../message/field-kind.ts';
import { chunked } from '../message/framing.ts';
import { HeadReader } from '../message/head-reader.ts';
import type { ResponseTarget } from '../forwarding/outgoing-response.ts';
import type { SocketIo } from '../socket/socket-io.ts';

/** Interim responses that one request may get. */
const mostInterims = 32;
const noBytes = Buffer.alloc(0);

/** What {@link Download.readHead} has found. */
export type HeadFound = 'nothing-yet' | 'interim' | 'switching' | 'final' | 'malformed';

/** An answer on its way to the client: interim heads, the final head, then what comes of its body. */
export class Download {
  /** Of the final head. */
  status = 0;
  /** Whether the origin's connection can carry another request, and for how long it keeps it open. */
  isPersistent = false;
  keptOpenMs = Infinity;
  /** Whether the body is sent in chunks. */
  isChunked = false;
  /** After {@link readHead}: the position after what it has used. */
  next = 0;
  readonly #engine: Engine;
  readonly #head = new HeadReader();
  readonly #body = new BodyDecoder();
  #interims = 0;
  /** What of the head has not been sent yet: it goes with the first part of the body. */
  #unsentHead = '';

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Whether anything of the answer has come. */
  get isBegun(): boolean {
    return this.#interims > 0 || this.#head.isPartial;
  }

  /** Whether an interim response has come. */
  get hasInterim(): boolean {
    return this.#interims > 0;
  }

  /** Whether nothing of the final head waits to be sent. */
  get isHeadSent(): boolean {
    return this.#unsentHead === '';
  }

  get isDone(): boolean {
    return this.#body.isDone;
  }

  /** Forgets what came before: a new attempt's answer is waited for. */
  reset(): void {
    this.#interims = 0;
    this.#unsentHead = '';
    this.#head.clear();
  }

  /** Reads one head, or a part of one, from the bytes [start, end). */
  readHead(bytes: Buffer, start: number, end: number, toHead: boolean): HeadFound {
    const { outgoingResponse, responseHeadLimits } = this.#engine;
    const { head } = outgoingResponse;
    const result = this.#head.read(head, bytes, start, end, responseHeadLimits);
    this.next = this.#head.next;
    if (result === 'incomplete') return 'nothing-yet';
    if (result !== 'complete' || outgoingResponse.prepare(toHead) !== undefined) return 'malformed';
    if (head.status === 101) return 'switching';
    if (head.status >= 200) return 'final';
    this.#interims += 1;
    return this.#interims > mostInterims ? 'malformed' : 'interim';
  }

  /** Sends on the 1xx that was read. */
  sendInterim(io: SocketIo): void {
    const { outgoingResponse, pseudonym } = this.#engine;
    io.writeText(outgoingResponse.interimText(pseudonym));
  }

  /** Whether the 101 that was read names what it switches to (RFC 9110 section 7.8). */
  get isSwitchAgreed(): boolean {
    const { upgrades, head } = this.#engine.outgoingResponse;
    return upgrades && head.has(FieldKind.upgrade);
  }

  /** Sends on the 101 that was read; what the origin has sent after it is of the new protocol. */
  sendSwitch(io: SocketIo, added: string, bytes: Buffer, end: number): void {
    const { outgoingResponse, pseudonym } = this.#engine;
    io.writeParts(outgoingResponse.switchingText(pseudonym, added), bytes, this.next, end, '');
  }

  /** Takes the final head that was read; it is sent with the first part of the body. */
  begin(target: ResponseTarget, added: string): void {
    const { outgoingResponse, pseudonym } = this.#engine;
    this.status = outgoingResponse.head.status;
    this.isPersistent = outgoingResponse.isPersistent;
    this.keptOpenMs = outgoingResponse.keepAliveMs;
    this.#unsentHead = outgoingResponse.finalText(target, pseudonym, added);
    this.isChunked = outgoingResponse.sentFraming === chunked;
    this.#body.start(outgoingResponse.framing);
  }

  /**
   * Sends on what belongs to the body in [start, end).
   * @returns the position after it, or that it breaks the rules.
   */
  send(io: SocketIo, bytes: Buffer, start: number, end: number): number | 'malformed' {
    const body = this.#body;
    const consumed = body.isDone ? start : body.decode(bytes, start, end);
    if (typeof consumed === 'string') return 'malformed';
    const { payloadStart, payloadEnd, isDone } = body;
    const text = this.#unsentHead;
    this.#unsentHead = '';
    sendBody(io, this.isChunked, text, bytes, payloadStart, payloadEnd, isDone);
    return consumed;
  }

  /** Takes the end of the origin's connection; whether the answer is whole with it, and sent. */
  sendEnd(io: SocketIo): boolean {
    if (!this.#body.endOfInput()) return false;
    sendBody(io, this.isChunked, '', noBytes, 0, 0, true);
    return true;
  }
}
