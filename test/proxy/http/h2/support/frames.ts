/** Writer of HTTP/2 frames (RFC 9113 section 4.1) that checks nothing, so that tests can break rules. */
export const FrameType = {
  data: 0x0,
  headers: 0x1,
  rstStream: 0x3,
  settings: 0x4,
  ping: 0x6,
  goaway: 0x7,
  windowUpdate: 0x8,
  continuation: 0x9,
} as const;

export const endStream = 0x1;
export const ack = 0x1;
export const endHeaders = 0x4;

export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Settings frame with identifiers and values that take turns. */
export function settings(...pairs: readonly number[]): Buffer {
  const payload = Buffer.alloc((pairs.length / 2) * 6);
  for (let index = 0; index + 1 < pairs.length; index += 2) {
    payload.writeUInt16BE(pairs[index] ?? 0, index * 3);
    payload.writeUInt32BE(pairs[index + 1] ?? 0, index * 3 + 2);
  }
  return frame(FrameType.settings, 0, 0, payload);
}

function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function windowUpdate(stream: number, bytes: number): Buffer {
  return frame(FrameType.windowUpdate, 0, stream, number32(bytes));
}

export function rstStream(stream: number, code = 8): Buffer {
  return frame(FrameType.rstStream, 0, stream, number32(code));
}

/** Fields of a GET, to which others can be added. */
export const getFields: readonly (readonly [string, string])[] = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':authority', 'a'],
  [':path', '/'],
];

/** Fields of a POST. */
export const postFields = getFields.map(([name, value]) =>
  name === ':method' ? ([name, 'POST'] as const) : ([name, value] as const),
);

/** Header block of literal fields that are not indexed (RFC 7541 section 6.2.2). */
export function block(fields: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(
    fields.flatMap(([name, value]) => [Buffer.of(0), string(name), string(value)]),
  );
}

/** Whole request without a body, or the head of one with a body. */
export function headers(
  stream: number,
  fields: readonly (readonly [string, string])[] = getFields,
  flags = endStream | endHeaders,
): Buffer {
  return frame(FrameType.headers, flags, stream, block(fields));
}

/** Takes the first frame off received bytes. */
export function readFrame(bytes: Buffer): { frame: Frame; length: number } | undefined {
  if (bytes.length < 9) return undefined;
  const length = 9 + bytes.readUIntBE(0, 3);
  if (bytes.length < length) return undefined;
  return {
    frame: {
      type: bytes[3] ?? 0,
      flags: bytes[4] ?? 0,
      stream: bytes.readUInt32BE(5) & 0x7fff_ffff,
      payload: bytes.subarray(9, length),
    },
    length,
  };
}

function string(latin1: string): Buffer {
  const bytes = Buffer.from(latin1, 'latin1');
  return Buffer.concat([integer(bytes.length), bytes]);
}

/** Integer with a prefix of seven bits (RFC 7541 section 5.1). */
function integer(value: number): Buffer {
  if (value < 127) return Buffer.of(value);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest = Math.trunc(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}
