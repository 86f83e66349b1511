import { applySettings, type SettingsTarget } from './client-settings.ts';
import { EventBudget } from './event-budget.ts';
import type { FrameHandler, FrameHead } from './frame-reader.ts';
import {
  ConnectionError,
  FrameFlag,
  FrameType,
  greatestWindow,
  Http2Code,
  pingFrame,
  settingsAnswer,
  windowUpdateFrame,
} from './frames.ts';
import { HeadBlock } from './head-block.ts';
import type { FieldLimits } from './hpack/field-decoder.ts';
import { answerBurst, answersPerSecond, mostEmptyFrames, receiveWindow } from './http2-limits.ts';
import { ReceiveWindow } from './receive-window.ts';
import type { StreamRequest } from './stream-client.ts';

/** Connection that the frames are of. Each call may throw a {@link ConnectionError}. */
export interface FrameOwner extends SettingsTarget {
  /** Called for each SETTINGS of the client. */
  settled(): void;
  pingAnswered(payload: string): void;
  /** Called once the client has said that it opens no more streams. */
  goawayCame(): void;
  /** Takes the head of a new stream. @param isTooLarge true if it exceeds a limit. */
  request(request: StreamRequest, isTooLarge: boolean): void;
  /** Ends a stream whose client has broken a rule (RFC 9113 section 5.4.2). */
  resetStream(streamId: number, code: Http2Code): void;
  /** Counts a stream that the client has reset. */
  countReset(): void;
}

/** Bytes of the fields of PRIORITY, in a frame of its own or in HEADERS. */
const priorityBytes = 5;

/** Reads the frames of one connection (RFC 9113 section 6), except for what they are split into. */
export class ConnectionFrames implements FrameHandler {
  readonly #owner: FrameOwner;
  readonly #block: HeadBlock;
  readonly #window = new ReceiveWindow(receiveWindow);
  readonly #answers = new EventBudget(answerBurst, answersPerSecond, performance.now());
  #heads = 0;
  #emptyFrames = 0;
  /** Stream whose DATA is being read; 0: nobody takes it. */
  #dataStream = 0;
  /** Bytes of the frame that nobody has taken yet. */
  #dataBytes = 0;
  #isLastData = false;

  constructor(owner: FrameOwner, limits: FieldLimits) {
    this.#owner = owner;
    this.#block = new HeadBlock(limits);
  }

  /** True if a head has come in part. */
  get isInHead(): boolean {
    return this.#block.isOpen;
  }

  /** Number of heads that have begun. */
  get heads(): number {
    return this.#heads;
  }

  /** Notes that bytes of bodies were used. */
  used(bytes: number): void {
    const increment = this.#window.use(bytes);
    if (increment > 0) this.#owner.writer.send(windowUpdateFrame(0, increment));
  }

  frame(head: FrameHead, bytes: Buffer, start: number, end: number): void {
    const { type } = head;
    if (this.#block.isOpen !== (type === FrameType.continuation)) throw broken();
    if (type === FrameType.headers) this.#headers(head, bytes, start, end);
    else if (type === FrameType.continuation) this.#continuation(head, bytes, start, end);
    else if (type === FrameType.windowUpdate) this.#windowUpdate(head, bytes, start);
    else if (type === FrameType.settings) this.#settings(head, bytes, start, end);
    else if (type === FrameType.rstStream) this.#rstStream(head);
    else if (type === FrameType.ping) this.#ping(head, bytes, start, end);
    else if (type === FrameType.goaway) this.#goaway(head);
    else if (type === FrameType.priority) this.#priority(head, bytes, start);
    else if (type === FrameType.pushPromise) throw broken();
    // Other types are ignored (RFC 9113 section 5.5).
  }

  dataBegins({ length, flags, streamId }: FrameHead): void {
    if (this.#block.isOpen || streamId === 0) throw broken();
    if (!this.#window.take(length)) throw new ConnectionError(Http2Code.flowControlError);
    const isLast = (flags & FrameFlag.endStream) !== 0;
    this.#countEmpty(length === 0 && !isLast);
    this.#dataBytes = length;
    this.#isLastData = isLast;
    const client = this.#owner.streams.get(streamId);
    this.#dataStream = 0;
    if (client === undefined) {
      this.#ofClosed(streamId);
    } else if (client.hasBodyEnded) {
      this.#owner.resetStream(streamId, Http2Code.streamClosed);
    } else if (client.takeWindow(length)) {
      this.#dataStream = streamId;
    } else {
      this.#owner.resetStream(streamId, Http2Code.flowControlError);
    }
  }

  data(bytes: Buffer, start: number, end: number): void {
    const client = this.#owner.streams.open(this.#dataStream);
    if (client === undefined) return;
    this.#dataBytes -= end - start;
    client.takeBody(bytes, start, end);
  }

  dataEnds(): void {
    const client = this.#owner.streams.open(this.#dataStream);
    if (client === undefined) {
      this.used(this.#dataBytes);
      return;
    }
    client.used(this.#dataBytes);
    if (this.#isLastData) client.takeBodyEnd();
  }

  #headers(head: FrameHead, bytes: Buffer, start: number, end: number): void {
    const { flags, streamId } = head;
    if (streamId === 0) throw broken();
    const range = unpadded(head, bytes, start, end);
    if ((flags & FrameFlag.priority) !== 0) {
      if (range.end - range.start < priorityBytes) throw badSize();
      if (dependencyAt(bytes, range.start) === streamId) throw broken();
      range.start += priorityBytes;
    }
    this.#heads += 1;
    this.#block.begin(streamId, (flags & FrameFlag.endStream) !== 0);
    this.#takeHead(head, bytes, range);
  }

  #continuation(head: FrameHead, bytes: Buffer, start: number, end: number): void {
    if (head.streamId !== this.#block.streamId) throw broken();
    this.#block.goOn();
    this.#takeHead(head, bytes, { start, end });
  }

  #takeHead(
    { flags }: FrameHead,
    bytes: Buffer,
    range: { readonly start: number; readonly end: number },
  ): void {
    const isLast = (flags & FrameFlag.endHeaders) !== 0;
    this.#block.take(bytes, range, isLast);
    if (isLast) this.#serve();
  }

  /** Takes a head that has come whole. */
  #serve(): void {
    const { streamId, isEndStream, fields, isTooLarge } = this.#block;
    const { streams } = this.#owner;
    const state = streams.stateOf(streamId);
    if (state === 'reset') return;
    if (state === 'open') {
      this.#trailers(streamId, isEndStream);
      return;
    }
    streams.opened(streamId);
    this.#owner.request({ streamId, fields, hasBody: !isEndStream }, isTooLarge);
  }

  /** Takes fields after a body, which are not forwarded. */
  #trailers(streamId: number, isEndStream: boolean): void {
    const client = this.#owner.streams.get(streamId);
    if (client?.hasBodyEnded === true) {
      this.#owner.resetStream(streamId, Http2Code.streamClosed);
    } else if (!isEndStream || this.#block.fields.some(isPseudoField)) {
      this.#owner.resetStream(streamId, Http2Code.protocolError);
    } else {
      client?.takeBodyEnd();
    }
  }

  #windowUpdate({ length, streamId }: FrameHead, bytes: Buffer, start: number): void {
    if (length !== 4) throw badSize();
    const increment = bytes.readUInt32BE(start) & greatestWindow;
    const { writer, streams } = this.#owner;
    if (streamId === 0) {
      if (increment === 0) throw broken();
      writer.window += increment;
      if (writer.window > greatestWindow) throw new ConnectionError(Http2Code.flowControlError);
      writer.proceed();
      return;
    }
    const client = streams.get(streamId);
    if (client === undefined) return;
    if (increment === 0) this.#owner.resetStream(streamId, Http2Code.protocolError);
    else if (!client.response.allow(increment)) {
      this.#owner.resetStream(streamId, Http2Code.flowControlError);
    }
  }

  #settings({ length, flags, streamId }: FrameHead, bytes: Buffer, start: number, end: number) {
    if (streamId !== 0) throw broken();
    const isAnswer = (flags & FrameFlag.ack) !== 0;
    if (isAnswer ? length > 0 : length % 6 !== 0) throw badSize();
    if (isAnswer) return;
    // Clients keep to their old windows until the answer has come.
    this.#answer(settingsAnswer);
    applySettings(this.#owner, bytes, { start, end });
    this.#owner.settled();
  }

  #rstStream({ length, streamId }: FrameHead): void {
    if (streamId === 0) throw broken();
    if (length !== 4) throw badSize();
    const client = this.#owner.streams.get(streamId);
    client?.abort();
    this.#owner.countReset();
  }

  #ping({ length, flags, streamId }: FrameHead, bytes: Buffer, start: number, end: number): void {
    if (streamId !== 0) throw broken();
    if (length !== 8) throw badSize();
    const payload = bytes.latin1Slice(start, end);
    if ((flags & FrameFlag.ack) !== 0) this.#owner.pingAnswered(payload);
    else this.#answer(pingFrame(payload, FrameFlag.ack));
  }

  #answer(frame: string): void {
    if (!this.#answers.take(performance.now())) {
      throw new ConnectionError(Http2Code.enhanceYourCalm);
    }
    this.#owner.writer.send(frame);
  }

  #goaway({ length, streamId }: FrameHead): void {
    if (streamId !== 0) throw broken();
    if (length < 8) throw badSize();
    this.#owner.goawayCame();
  }

  /** Checks a priority, which is ignored otherwise (RFC 9113 section 5.3.2). */
  #priority({ length, streamId }: FrameHead, bytes: Buffer, start: number): void {
    if (streamId === 0) throw broken();
    if (length !== priorityBytes) throw badSize();
    if (dependencyAt(bytes, start) === streamId) throw broken();
  }

  /** Handles DATA on a stream that is closed. */
  #ofClosed(streamId: number): void {
    if (this.#owner.streams.stateOf(streamId) === 'closed') {
      this.#owner.resetStream(streamId, Http2Code.streamClosed);
    }
  }

  #countEmpty(isEmpty: boolean): void {
    this.#emptyFrames = isEmpty ? this.#emptyFrames + 1 : 0;
    if (this.#emptyFrames > mostEmptyFrames) throw new ConnectionError(Http2Code.enhanceYourCalm);
  }
}

/** Returns the payload without its padding, the length of which comes first. */
function unpadded({ flags }: FrameHead, bytes: Buffer, start: number, end: number) {
  if ((flags & FrameFlag.padded) === 0) return { start, end };
  if (start === end) throw badSize();
  const range = { start: start + 1, end: end - (bytes[start] ?? 0) };
  if (range.end < range.start) throw broken();
  return range;
}

function dependencyAt(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) & greatestWindow;
}

function isPseudoField(text: string, index: number): boolean {
  return index % 2 === 0 && text.startsWith(':');
}

function broken(): ConnectionError {
  return new ConnectionError(Http2Code.protocolError);
}

function badSize(): ConnectionError {
  return new ConnectionError(Http2Code.frameSizeError);
}
