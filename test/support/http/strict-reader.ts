/**
 * Message that a strict reader of HTTP/1.1 has read. The reader accepts only the grammar of RFC 9110
 * and RFC 9112. It shares no code with the engine, because the engine is tested against it.
 */
export interface StrictMessage {
  readonly startLine: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  /** Framing of the body. */
  readonly framing: 'none' | 'length' | 'chunked' | 'close';
}

class GrammarError extends Error {}

export interface Read {
  readonly message: StrictMessage;
  /** Number of bytes of the message. */
  readonly length: number;
}

/** Reads the request at the beginning, undefined if it is incomplete. @throws GrammarError */
export function readRequest(bytes: Buffer): Read | undefined {
  const head = readHead(bytes, /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+ [\x21-\x7e]+ HTTP\/1\.1$/);
  if (head === undefined) return undefined;
  if (all(head.fields, 'host').length !== 1) throw new GrammarError('not exactly one Host');
  return readBody(bytes, head, 'none');
}

/**
 * Reads the response at the beginning, undefined if it is incomplete.
 * @param method of the request.
 * @param isAll true if no more bytes will come.
 */
export function readResponse(bytes: Buffer, method: string, isAll: boolean): Read | undefined {
  const head = readHead(bytes, /^HTTP\/1\.[01] [1-5][0-9][0-9] [\t\x20-\x7e\x80-\xff]*$/);
  if (head === undefined) return undefined;
  const status = Number(head.startLine.slice(9, 12));
  const bodiless = method === 'HEAD' || status < 200 || status === 204 || status === 304;
  if (bodiless) {
    return { message: { ...head, body: Buffer.alloc(0), framing: 'none' }, length: head.length };
  }
  const read = readBody(bytes, head, 'close');
  return read?.message.framing === 'close' && !isAll ? undefined : read;
}

/** Returns the value of the only field of a name, undefined if there is none. */
export function value(message: Pick<StrictMessage, 'fields'>, name: string): string | undefined {
  const values = all(message.fields, name);
  if (values.length > 1) throw new GrammarError(`${values.length} fields ${name}`);
  return values[0];
}

function all(fields: StrictMessage['fields'], name: string): string[] {
  return fields.flatMap(([other, text]) => (other.toLowerCase() === name ? [text] : []));
}

interface Head extends Pick<StrictMessage, 'startLine' | 'fields'> {
  readonly length: number;
}

function readHead(bytes: Buffer, startLineRule: RegExp): Head | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  const text = bytes.toString('latin1', 0, end === -1 ? bytes.length : end);
  const [startLine = '', ...lines] = text.split('\r\n');
  if (end === -1) {
    if (/[\0\n]/.test(startLine)) throw new GrammarError('a forbidden byte in the start line');
    return undefined;
  }
  if (!startLineRule.test(startLine)) throw new GrammarError(`start line ${startLine}`);
  const fields = lines.map((line) => {
    const match =
      /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*((?:[\x21-\x7e\x80-\xff](?:[ \t\x21-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)[ \t]*$/.exec(
        line,
      );
    if (match === null) throw new GrammarError(`field line ${line}`);
    return [match[1] ?? '', match[2] ?? ''] as const;
  });
  return { startLine, fields, length: end + 4 };
}

function readBody(bytes: Buffer, head: Head, otherwise: 'none' | 'close'): Read | undefined {
  const lengths = all(head.fields, 'content-length');
  const codings = all(head.fields, 'transfer-encoding');
  if (lengths.length + codings.length > 1) throw new GrammarError('the framing is declared twice');
  const [length] = lengths;
  const [coding] = codings;
  if (coding !== undefined) {
    if (coding.toLowerCase() !== 'chunked') throw new GrammarError(`coding ${coding}`);
    return readChunks(bytes, head);
  }
  if (length === undefined) {
    const isNone = otherwise === 'none';
    const body = isNone ? Buffer.alloc(0) : bytes.subarray(head.length);
    return {
      message: { ...head, body, framing: otherwise },
      length: isNone ? head.length : bytes.length,
    };
  }
  if (!/^(0|[1-9][0-9]*)$/.test(length)) throw new GrammarError(`Content-Length ${length}`);
  const end = head.length + Number(length);
  if (bytes.length < end) return undefined;
  const body = bytes.subarray(head.length, end);
  return { message: { ...head, body, framing: 'length' }, length: end };
}

function readChunks(bytes: Buffer, head: Head): Read | undefined {
  const parts: Buffer[] = [];
  let at = head.length;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at, 'latin1');
    if (lineEnd === -1) return undefined;
    const line = bytes.toString('latin1', at, lineEnd);
    if (!/^[0-9a-f]{1,16}$/i.test(line)) throw new GrammarError(`chunk size ${line}`);
    const size = Number.parseInt(line, 16);
    const dataEnd = lineEnd + 2 + size;
    if (bytes.length < dataEnd + 2) return undefined;
    if (bytes.toString('latin1', dataEnd, dataEnd + 2) !== '\r\n') {
      throw new GrammarError('no CRLF after a chunk');
    }
    at = dataEnd + 2;
    if (size === 0) break;
    parts.push(bytes.subarray(lineEnd + 2, dataEnd));
  }
  return { message: { ...head, body: Buffer.concat(parts), framing: 'chunked' }, length: at };
}
