/** Bytes of the head of a frame (RFC 9113 section 4.1). */
export const frameHeadBytes = 9;

/** Largest payload that either side must take, unless it allows more (RFC 9113 section 6.5.2). */
export const leastMaxFrameBytes = 16_384;
export const greatestMaxFrameBytes = 16_777_215;

/** Window of a connection, and of a stream, that nobody has changed (RFC 9113 section 6.9.2). */
export const defaultWindow = 65_535;
export const greatestWindow = 0x7fff_ffff;

export const greatestStreamId = 0x7fff_ffff;

export const FrameType = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const FrameFlag = {
  endStream: 0x1,
  ack: 0x1,
  endHeaders: 0x4,
  padded: 0x8,
  priority: 0x20,
} as const;

export const Setting = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const;

/** Error codes (RFC 9113 section 7). */
export const Http2Code = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  streamClosed: 5,
  frameSizeError: 6,
  refusedStream: 7,
  compressionError: 9,
  enhanceYourCalm: 11,
} as const;

export type Http2Code = (typeof Http2Code)[keyof typeof Http2Code];

/** Error of the whole connection (RFC 9113 section 5.4.1). */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly code: Http2Code;

  constructor(code: Http2Code) {
    super(`HTTP/2 error ${code}`);
    this.code = code;
  }
}

/** Returns the head of a frame as Latin-1. */
export function frameHead(length: number, type: number, flags: number, streamId: number): string {
  return String.fromCharCode(
    length >>> 16,
    (length >>> 8) & 0xff,
    length & 0xff,
    type,
    flags,
    streamId >>> 24,
    (streamId >>> 16) & 0xff,
    (streamId >>> 8) & 0xff,
    streamId & 0xff,
  );
}

export function resetFrame(streamId: number, code: Http2Code): string {
  return frameHead(4, FrameType.rstStream, 0, streamId) + number32(code);
}

export function windowUpdateFrame(streamId: number, increment: number): string {
  return frameHead(4, FrameType.windowUpdate, 0, streamId) + number32(increment);
}

export function goawayFrame(lastStreamId: number, code: Http2Code): string {
  return frameHead(8, FrameType.goaway, 0, 0) + number32(lastStreamId) + number32(code);
}

/** Returns a PING, or the answer to one. @param payload eight characters. */
export function pingFrame(payload: string, flags: number): string {
  return frameHead(8, FrameType.ping, flags, 0) + payload;
}

/** Returns SETTINGS. @param pairs identifier, value, identifier, value. */
export function settingsFrame(pairs: readonly number[]): string {
  let payload = '';
  for (let index = 0; index + 1 < pairs.length; index += 2) {
    payload += String.fromCharCode(0, pairs[index] ?? 0) + number32(pairs[index + 1] ?? 0);
  }
  return frameHead(payload.length, FrameType.settings, 0, 0) + payload;
}

export const settingsAnswer = frameHead(0, FrameType.settings, FrameFlag.ack, 0);

function number32(value: number): string {
  return String.fromCharCode(
    value >>> 24,
    (value >>> 16) & 0xff,
    (value >>> 8) & 0xff,
    value & 0xff,
  );
}
