import { fnv1a } from '../../contract/fnv1a.ts';
import type { CharCodes } from '../http/message/char-codes.ts';

/** Placeholder of a segment that names one thing among many, such as an id. */
const anyId = 0x2a;
/** Placeholder of a run of digits. */
const anyNumber = 0x23;
const slash = 0x2f;
const question = 0x3f;
const dash = 0x2d;
/** Shortest segment of hexadecimal digits, and of any letters and digits, that counts as an id. */
const shortestHexId = 8;
const shortestId = 20;
/** Number of characters that are read: longer paths are alike if they begin alike. */
const longestRead = 512;

/** Number by which requests of one kind are recognized; another one in every process. */
export type KindHash = number;

/** Secret of this process, so that nobody outside can make two kinds of requests look alike. */
const seed = Math.floor(Math.random() * 2 ** 32) | 0;

/**
 * Kind of a request: its method and its path, without the query, in which ids and numbers count as
 * alike. So `GET /items/7?a=1` and `GET /items/12` are of one kind.
 */
export function requestKind(method: string, target: CharCodes): KindHash {
  let kind = seed;
  for (let index = 0; index < method.length; index += 1) {
    kind = fnv1a(kind, method.charCodeAt(index));
  }
  const last = pathEnd(target);
  for (let start = 0; ;) {
    let end = start;
    while (end < last && target.charCodeAt(end) !== slash) end += 1;
    kind = addSegment(kind, target, start, end);
    if (end === last) return kind;
    kind = fnv1a(kind, slash);
    start = end + 1;
  }
}

/** End of the part of the path that is read. */
function pathEnd(target: CharCodes): number {
  const last = Math.min(target.length, longestRead);
  let end = 0;
  while (end < last && target.charCodeAt(end) !== question) end += 1;
  return end;
}

/** Adds the segment of the path that stands in [start, end). */
function addSegment(before: KindHash, target: CharCodes, start: number, end: number): KindHash {
  let kind = before;
  let digits = 0;
  let isHex = true;
  let isAlphanumeric = true;
  let wasDigit = false;
  for (let index = start; index < end; index += 1) {
    const code = target.charCodeAt(index);
    if (code >= 0x30 && code <= 0x39) {
      digits += 1;
      if (!wasDigit) kind = fnv1a(kind, anyNumber);
      wasDigit = true;
      continue;
    }
    wasDigit = false;
    kind = fnv1a(kind, code);
    // Dashes stand in UUIDs, dashes, underscores and padding in base64.
    if (code === dash) continue;
    const lower = code | 0x20;
    const isLetter = lower >= 0x61 && lower <= 0x7a;
    isHex &&= isLetter && lower <= 0x66;
    isAlphanumeric &&= isLetter || code === 0x5f || code === 0x3d;
  }
  const length = end - start;
  const isId =
    digits > 0 &&
    (digits === length ||
      (isHex && length >= shortestHexId) ||
      (isAlphanumeric && length >= shortestId));
  return isId ? fnv1a(before, anyId) : kind;
}
