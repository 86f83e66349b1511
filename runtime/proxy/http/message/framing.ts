import { comma, space, tab } from './bytes.ts';
import { bit, FieldKind } from './field-kind.ts';
import type { MessageHead } from './message-head.ts';
import type { RefusalCause } from './refusal.ts';

/**
 * Framing of a body (RFC 9112 section 6.3): its length in bytes, {@link chunked} or
 * {@link untilClose}. A number, so that the many requests without a body cost nothing.
 */
export type Framing = number;
export const noBody: Framing = 0;
export const chunked: Framing = -1;
export const untilClose: Framing = -2;

const framingFields = bit(FieldKind.contentLength) | bit(FieldKind.transferEncoding);

/** Returns a request body's framing or the request's refusal cause (RFC 9112 section 6.3). */
export function requestFraming(head: MessageHead, minorVersion: 0 | 1): Framing | RefusalCause {
  if ((head.seen & framingFields) === 0) return noBody;
  return declaredFraming(head, minorVersion);
}

/**
 * Returns the framing of the body of a response, or why the response is malformed. A response that
 * can have no body has none, whatever it declares (RFC 9112 section 6.3), but its declaration must
 * not be ambiguous.
 */
export function responseFraming(
  head: MessageHead,
  minorVersion: 0 | 1,
  status: number,
  toHead: boolean,
): Framing | RefusalCause {
  const declares = (head.seen & framingFields) !== 0;
  const declared = declares ? declaredFraming(head, minorVersion) : untilClose;
  if (typeof declared === 'string') return declared;
  return toHead || isBodiless(status) ? noBody : declared;
}

export function isBodiless(status: number): boolean {
  return status < 200 || status === 204 || status === 304;
}

function declaredFraming(head: MessageHead, minorVersion: 0 | 1): Framing | RefusalCause {
  if (!head.has(FieldKind.transferEncoding)) return contentLength(head);
  if (head.has(FieldKind.contentLength)) return 'length-and-coding';
  if (minorVersion === 0) return 'coding-in-http-1.0';
  return transferEncoding(head.combined(FieldKind.transferEncoding) ?? '');
}

/**
 * Returns the Content-Length of a head, which must be digits only and at most 2^53-1. A value that
 * is repeated counts once (RFC 9110 section 8.6).
 */
export function contentLength(head: MessageHead): number | 'content-length' {
  let length = -1;
  for (let index = 0; index < head.fieldCount; index += 1) {
    if (head.kinds[index] !== FieldKind.contentLength) continue;
    let at = head.valueStarts[index] ?? 0;
    const end = head.valueEnds[index] ?? 0;
    for (;;) {
      const memberEnd = endOfMember(head.bytes, at, end);
      const value = digits(head.bytes, at, memberEnd);
      if (value < 0 || (length >= 0 && value !== length)) return 'content-length';
      length = value;
      if (memberEnd === end) break;
      at = memberEnd + 1;
    }
  }
  return length;
}

/** Returns the position of the next comma, or `end`. */
function endOfMember(bytes: Buffer, at: number, end: number): number {
  let index = at;
  while (index < end && bytes[index] !== comma) index += 1;
  return index;
}

/** Returns the number between two positions, white space around it allowed; -1 if there is none. */
function digits(bytes: Buffer, from: number, to: number): number {
  let start = from;
  let end = to;
  while (start < end && (bytes[start] === space || bytes[start] === tab)) start += 1;
  while (end > start && (bytes[end - 1] === space || bytes[end - 1] === tab)) end -= 1;
  if (start === end) return -1;
  let value = 0;
  for (let index = start; index < end; index += 1) {
    const digit = (bytes[index] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
    if (value > Number.MAX_SAFE_INTEGER) return -1;
  }
  return value;
}

/** Accepts chunked as the only coding, because no other one is supported (RFC 9112 section 6.1). */
function transferEncoding(list: string): Framing | RefusalCause {
  if (list.length === 'chunked'.length && list.toLowerCase() === 'chunked') return chunked;
  const codings = list.split(',').map((coding) => coding.trim().toLowerCase());
  const chunkedAt = codings.findIndex((coding) => /^chunked\s*(;|$)/.test(coding));
  const misplaced = chunkedAt !== -1 && chunkedAt !== codings.length - 1;
  if (misplaced || codings.includes('') || codings[chunkedAt]?.includes(';') === true) {
    return 'transfer-encoding';
  }
  return 'transfer-coding';
}
