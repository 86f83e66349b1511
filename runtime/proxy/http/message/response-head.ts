import { byteClass, cr, fieldByte, lf, space } from './bytes.ts';
import { MessageHead } from './message-head.ts';
import { readVersion } from './request-head.ts';
import type { RefusalCause } from './refusal.ts';

const versionLength = 'HTTP/1.1'.length;
const minorVersionAt = 'HTTP/1.'.length;
const digit0 = 0x30;
const digit1 = 0x31;

/** Parser of response heads (RFC 9112 sections 4 and 5). */
export class ResponseParser extends MessageHead {
  minorVersion: 0 | 1 = 1;
  status = 0;
  #reasonStart = 0;
  #reasonEnd = 0;

  /** Reads one head. Sets `end` to the position after it if complete, `refusal` if refused. */
  read(bytes: Buffer, start: number, limit: number): 'complete' | 'incomplete' | 'refused' {
    this.bytes = bytes;
    this.start = start;
    const version = readVersion(bytes, start, limit);
    if (version === 'incomplete') return 'incomplete';
    if (typeof version === 'string') return this.#refuse(version);
    this.minorVersion = version;

    const statusStart = start + versionLength + 1;
    const statusEnd = statusStart + 3;
    if (statusEnd >= limit) return 'incomplete';
    this.status = readStatus(bytes, statusStart);
    if (bytes[statusStart - 1] !== space || this.status < 0) return this.#refuse('request-line');

    let position = statusEnd;
    // Servers that omit the reason often omit the space too (RFC 9112 section 4).
    if (bytes[position] === space) position += 1;
    else if (bytes[position] !== cr && bytes[position] !== lf) return this.#refuse('request-line');
    this.#reasonStart = position;
    while (position < limit && ((byteClass[bytes[position] ?? 0] ?? 0) & fieldByte) !== 0) {
      position += 1;
    }
    this.#reasonEnd = position;
    if (position >= limit) return 'incomplete';
    if (bytes[position] !== cr) {
      return this.#refuse(bytes[position] === lf ? 'bare-lf' : 'control-byte');
    }
    if (position + 1 >= limit) return 'incomplete';
    if (bytes[position + 1] !== lf) return this.#refuse('bare-cr');
    return this.readFields(bytes, position + 2, limit);
  }

  /**
   * True if the status line can be sent as it came. A line that is sent says HTTP/1.1 and has the
   * space after the status even if no reason follows.
   */
  get isStartLineKept(): boolean {
    return (
      this.bytes[this.start + minorVersionAt] === digit1 &&
      this.bytes[this.#reasonStart - 1] === space
    );
  }

  /** Returns the status line that is sent, with the proxy's own version (RFC 9110 section 2.5). */
  startLine(): string {
    return `HTTP/1.1 ${this.status} ${this.text(this.#reasonStart, this.#reasonEnd)}\r\n`;
  }

  #refuse(cause: RefusalCause): 'refused' {
    this.refusal = cause;
    return 'refused';
  }
}

/** Returns a status from 100 to 599 (RFC 9110 section 15), -1 if there is none. */
function readStatus(bytes: Buffer, at: number): number {
  let status = 0;
  for (let index = at; index < at + 3; index += 1) {
    const digit = (bytes[index] ?? 0) - digit0;
    if (digit < 0 || digit > 9) return -1;
    status = status * 10 + digit;
  }
  return status >= 100 && status <= 599 ? status : -1;
}
