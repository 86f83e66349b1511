import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { BodyPart } from '../exchange/body-writer.ts';
import type { Reply } from '../contract/handler.ts';
import type { Engine } from '../exchange/engine.ts';
import { ResponseLog } from '../exchange/response-log.ts';
import type { ResponseSink } from '../exchange/response-sink.ts';
import { refusalMessage, type RefusalCause } from '../message/refusal.ts';
import { httpDate } from '../message/http-date.ts';
import { onceRead } from './once-read.ts';
import { copyOfShared, giveReadBuffer, sharedReadBuffer } from '../socket/read-buffers.ts';

/** Bytes up to which a part of a body is copied, and unsent bytes from which its source is stopped. */
const highWaterMark = 8_192;

/** Interim responses after which the client must have read the ones before. */
const mostInterim = 32;

const withoutBody = { endStream: true };

export interface RefusalHow {
  /** Strict-Transport-Security: name and value, or nothing. */
  readonly hsts: readonly string[];
  readonly retryAfterSeconds: number | undefined;
}

/** Response on a stream of HTTP/2. */
export class Http2Response implements ResponseSink {
  readonly log: ResponseLog;
  readonly #engine: Engine;
  readonly #onDrained: () => void;
  #stream: ServerHttp2Stream | undefined;
  /** Head that was not sent yet: it is sent with the first part of the body. */
  #unsentHead: string[] | undefined;
  #isBacklogged = false;
  /** Interim responses since the client was last seen to read. */
  #interim = 0;
  /** True while the client has not read its interim responses. */
  #isUnread = false;
  /** True while the stream sends from the buffer that the upstream was read into. */
  #isLent = false;

  /** @param onDrained called when what made {@link isBacklogged} true was sent. */
  constructor(engine: Engine, onDrained: () => void) {
    this.#engine = engine;
    this.#onDrained = onDrained;
    this.log = new ResponseLog(engine.observer, true);
  }

  get isBacklogged(): boolean {
    return this.#isBacklogged || this.#isUnread;
  }

  get usesBuffers(): boolean {
    return this.#isLent;
  }

  get isHeadSent(): boolean {
    return this.#unsentHead === undefined;
  }

  /** Sends what follows on a stream. */
  open(stream: ServerHttp2Stream): void {
    this.#stream = stream;
    this.#isBacklogged = false;
    this.#isLent = false;
    this.#interim = 0;
    this.#isUnread = false;
  }

  /** Forgets the stream, which is closed. */
  close(): void {
    this.log.end('client-gone');
    this.#stream = undefined;
    this.#unsentHead = undefined;
  }

  start(): void {}

  reset(): void {
    this.#unsentHead = undefined;
  }

  sendInterim(): void {
    const stream = this.#writable;
    if (stream === undefined) return;
    const fields = this.#engine.outgoingResponse.interimFields();
    const lists: Record<string, string[]> = Object.create(null);
    for (let index = 0; index + 1 < fields.length; index += 2) {
      (lists[(fields[index] ?? '').toLowerCase()] ??= []).push(fields[index + 1] ?? '');
    }
    const headers: OutgoingHttpHeaders = { ...lists, ':status': Number(lists[':status']) };
    stream.additionalHeaders(headers);
    this.#countInterim(stream);
  }

  /** Stops the member of a client that reads no interim responses: no window holds them back. */
  #countInterim(stream: ServerHttp2Stream): void {
    this.#interim += 1;
    if (this.#interim < mostInterim || this.#isUnread || stream.session === undefined) return;
    this.#isUnread = true;
    onceRead(stream.session, () => {
      if (this.#stream !== stream) return;
      this.#interim = 0;
      this.#isUnread = false;
      if (!this.#isBacklogged) this.#onDrained();
    });
  }

  begin(_close: boolean, added: readonly string[]): void {
    this.#unsentHead = this.#engine.outgoingResponse.finalFields(added);
    this.log.answered(this.#engine.outgoingResponse.head.status);
  }

  send(bytes: Buffer, part: BodyPart): void {
    const stream = this.#writable;
    const head = this.#unsentHead;
    this.#unsentHead = undefined;
    // The stream is closed; that ends the exchange separately.
    if (stream === undefined) return;
    this.log.sent(part);
    const size = part.payloadEnd - part.payloadStart;
    const isLast = part.isDone;
    if (head !== undefined) {
      if (size === 0 && isLast) {
        stream.respond(head, withoutBody);
        return;
      }
      stream.respond(head);
    }
    // Node has ended the response to HEAD, and that with 205.
    if (stream.writableEnded) return;
    if (size > 0) this.#write(stream, bytes, part);
    if (isLast) stream.end();
  }

  /** Sends a refusal instead of the response. */
  refuse(cause: RefusalCause, how: RefusalHow): void {
    const { hsts, retryAfterSeconds } = how;
    const { status, fields, body } = refusalMessage(cause, { date: httpDate(), retryAfterSeconds });
    this.#answer([':status', String(status), ...fields.flat(), ...hsts], body);
    this.log.replied(status, cause);
  }

  /** Sends an answer of the handler instead of the response. */
  reply(reply: Reply, hsts: readonly string[]): void {
    const { status, fields, body } = reply;
    const length = ['content-length', String(body.length)];
    const all = [':status', String(status), 'date', httpDate(), ...fields, ...length, ...hsts];
    this.#answer(all, body);
    this.log.replied(status);
  }

  #answer(fields: string[], body: string): void {
    const stream = this.#writable;
    if (stream === undefined) return;
    stream.respond(fields);
    if (!stream.writableEnded) stream.end(body, 'latin1');
  }

  get #writable(): ServerHttp2Stream | undefined {
    const stream = this.#stream;
    return stream === undefined || stream.destroyed || stream.closed ? undefined : stream;
  }

  #write(stream: ServerHttp2Stream, bytes: Buffer, { payloadStart, payloadEnd }: BodyPart): void {
    if (payloadEnd - payloadStart <= highWaterMark) {
      const text = bytes.latin1Slice(payloadStart, payloadEnd);
      if (stream.writableLength + text.length > highWaterMark) this.#writeLast(stream, text);
      else stream.write(text, 'latin1');
    } else if (bytes === sharedReadBuffer) {
      const copy = copyOfShared(payloadStart, payloadEnd);
      this.#writeLast(stream, copy.subarray(payloadStart, payloadEnd), copy);
    } else {
      this.#isLent = true;
      this.#writeLast(stream, bytes.subarray(payloadStart, payloadEnd));
    }
  }

  /** Writes bytes that have to be sent before any others come. @param copy is given back then. */
  #writeLast(stream: ServerHttp2Stream, part: Buffer | string, copy?: Buffer): void {
    this.#isBacklogged = true;
    stream.write(part, 'latin1', () => {
      if (copy !== undefined) giveReadBuffer(copy);
      // The response may be on another stream by now.
      if (this.#stream !== stream) return;
      this.#isLent = false;
      this.#isBacklogged = false;
      if (!this.#isUnread) this.#onDrained();
    });
  }
}
