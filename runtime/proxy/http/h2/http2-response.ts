import type { BodyPart } from '../exchange/body-writer.ts';
import type { Reply } from '../contract/handler.ts';
import type { Engine } from '../exchange/engine.ts';
import { ResponseLog } from '../exchange/response-log.ts';
import type { ResponseSink } from '../exchange/response-sink.ts';
import { refusalMessage, type RefusalCause } from '../message/refusal.ts';
import { httpDate } from '../message/http-date.ts';
import { copyOfShared, giveReadBuffer, sharedReadBuffer } from '../socket/read-buffers.ts';
import type { FrameWriter, WaitingResponse } from './frame-writer.ts';
import { greatestWindow, leastMaxFrameBytes } from './frames.ts';

/** Size up to which a part of a body that has to wait is copied to memory of its own size. */
const smallPart = 8_192;

const nothing = Buffer.alloc(0);

export interface RefusalHow {
  /** Strict-Transport-Security: name and value, or nothing. */
  readonly hsts: readonly string[];
  readonly retryAfterSeconds: number | undefined;
}

/** Events of a response. */
export interface ResponseEvents {
  /** Called when {@link Http2Response.isBacklogged} is true no longer. */
  drained(): void;
  /** Called when the client reads a part of it, or what its connection sends on other streams meanwhile. */
  queueMoves(): void;
  /** Called when the last frame has been sent. */
  ended(): void;
}

/** Response on a stream of HTTP/2. */
export class Http2Response implements ResponseSink, WaitingResponse {
  readonly log: ResponseLog;
  readonly #engine: Engine;
  readonly #events: ResponseEvents;
  #writer: FrameWriter | undefined;
  #streamId = 0;
  /** Bytes of its body that the client takes. */
  #window = 0;
  #isToHead = false;
  /** Head that was not sent yet: it is sent with the first part of the body. */
  #unsentHead: readonly string[] | undefined;
  /** Part of the body that waits, as [heldStart, heldEnd) of a buffer. */
  #held: Buffer | undefined;
  #heldStart = 0;
  #heldEnd = 0;
  /** True if the buffer is the upstream's own. */
  #isLent = false;
  #isLastHeld = false;
  #isWaiting = false;
  /** True once the last frame was sent, or none may be sent any more. */
  #isEnded = true;

  constructor(engine: Engine, events: ResponseEvents) {
    this.#engine = engine;
    this.#events = events;
    this.log = new ResponseLog(engine.observer, true);
  }

  get isBacklogged(): boolean {
    return this.#isWaiting;
  }

  get usesBuffers(): boolean {
    return this.#isLent;
  }

  get isHeadSent(): boolean {
    return this.#unsentHead === undefined;
  }

  /** True once the last frame of the response was sent. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Sends what follows on a stream. @param isToHead true if the request is a HEAD. */
  open(writer: FrameWriter, streamId: number, isToHead: boolean): void {
    this.#writer = writer;
    this.#streamId = streamId;
    this.#window = writer.initialWindow;
    this.#isEnded = false;
    this.#isToHead = isToHead;
  }

  /** Forgets the stream, which is closed. */
  close(): void {
    this.log.end('client-gone');
    this.#isEnded = true;
    this.#unsentHead = undefined;
    this.#dropHeld();
    this.#stopWaiting();
    this.#writer = undefined;
  }

  start(): void {}

  reset(): void {
    this.#unsentHead = undefined;
  }

  sendInterim(): void {
    if (this.#isEnded) return;
    const fields = this.#engine.outgoingResponse.interimFields();
    this.#writer?.sendHead(this.#streamId, fields, false);
    if (this.#writer?.isBacklogged === true) this.#wait();
  }

  begin(_close: boolean, added: readonly string[]): void {
    this.#unsentHead = this.#engine.outgoingResponse.finalFields(added);
    this.log.answered(this.#engine.outgoingResponse.head.status);
  }

  send(bytes: Buffer, part: BodyPart): void {
    const { payloadStart, payloadEnd, isDone } = part;
    this.log.sent(part);
    // The stream is closed; that ends the exchange separately.
    if (this.#isEnded) return;
    const isWhole = isDone && payloadStart === payloadEnd;
    this.#sendHead(isWhole);
    if (this.#isEnded) return;
    this.#sendBody(bytes, payloadStart, payloadEnd, isDone);
  }

  /** Changes the window by what the client allows or takes back. @returns false if it gets too large. */
  allow(bytes: number): boolean {
    this.#window += bytes;
    if (this.#window > greatestWindow) return false;
    if (this.#held !== undefined && this.#writer?.isBacklogged === false) this.proceed();
    return true;
  }

  queueMoves(): void {
    if (this.#window > 0) this.#events.queueMoves();
  }

  proceed(): void {
    const held = this.#held;
    const writer = this.#writer;
    if (writer === undefined) return;
    if (held !== undefined) {
      const start = this.#heldStart;
      this.#heldStart = this.#sendAllowed(held, start, this.#heldEnd, this.#isLastHeld);
      if (this.#heldStart > start) this.#events.queueMoves();
      if (this.#heldStart < this.#heldEnd) return;
      this.#dropHeld();
    }
    if (writer.isBacklogged && !this.#isEnded) return;
    this.#stopWaiting();
    if (this.#isEnded) this.#events.ended();
    else this.#events.drained();
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

  #answer(fields: readonly string[], body: string): void {
    if (this.#isEnded) return;
    const bytes = this.#isToHead ? nothing : Buffer.from(body, 'latin1');
    this.#unsentHead = fields.map((text, index) => (index % 2 === 0 ? text.toLowerCase() : text));
    this.#sendHead(bytes.length === 0);
    if (!this.#isEnded) this.#sendBody(bytes, 0, bytes.length, true);
  }

  #sendHead(isWhole: boolean): void {
    const head = this.#unsentHead;
    if (head === undefined) return;
    this.#unsentHead = undefined;
    this.#writer?.sendHead(this.#streamId, head, isWhole);
    this.#isEnded = isWhole;
  }

  /** Sends a part of the body as far as it is allowed, and holds the rest. */
  #sendBody(bytes: Buffer, start: number, end: number, isLast: boolean): void {
    const writer = this.#writer;
    if (writer === undefined) return;
    const sent = writer.isBacklogged ? start : this.#sendAllowed(bytes, start, end, isLast);
    if (sent < end || (isLast && !this.#isEnded)) this.#hold(bytes, sent, end, isLast);
    else if (!isLast && writer.isBacklogged) this.#wait();
  }

  /** @returns the position after what was sent. */
  #sendAllowed(bytes: Buffer, start: number, end: number, isLast: boolean): number {
    const writer = this.#writer;
    if (writer === undefined) return end;
    let position = start;
    do {
      const allowed = Math.min(this.#window, writer.window, leastMaxFrameBytes);
      const size = Math.min(end - position, Math.max(0, allowed));
      const isWhole = position + size === end;
      if (size <= 0 && !(isWhole && isLast)) return position;
      this.#window -= size;
      this.#isEnded = isWhole && isLast;
      const range = { bytes, start: position, end: position + size };
      writer.sendData(this.#streamId, range, this.#isEnded);
      position += size;
    } while (position < end);
    return position;
  }

  #hold(bytes: Buffer, start: number, end: number, isLast: boolean): void {
    this.#isLastHeld = isLast;
    this.#wait();
    if (bytes !== sharedReadBuffer) {
      this.#isLent = true;
      this.#held = bytes;
    } else if (end - start > smallPart) {
      this.#held = copyOfShared(start, end);
    } else {
      this.#held = Buffer.from(bytes.subarray(start, end));
      this.#heldStart = 0;
      this.#heldEnd = end - start;
      return;
    }
    this.#heldStart = start;
    this.#heldEnd = end;
  }

  #dropHeld(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined && !this.#isLent && held.length === sharedReadBuffer.length) {
      giveReadBuffer(held);
    }
    this.#isLent = false;
  }

  #wait(): void {
    this.#isWaiting = true;
    this.#writer?.wait(this);
  }

  #stopWaiting(): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    this.#writer?.forget(this);
  }
}
