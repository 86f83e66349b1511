/** Placeholder of a segment that names one thing among many, such as an id. */
const anyId = 0x2a;
/** Placeholder of a run of digits. */
const anyNumber = 0x23;
const slash = 0x2f;
const question = 0x3f;
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
export function requestKind(method: string, target: string): KindHash {
  let kind = seed;
  for (let index = 0; index < method.length; index += 1) {
    kind = add(kind, method.charCodeAt(index));
  }
  const end = Math.min(target.length, longestRead);
  let segmentStart = kind;
  let length = 0;
  let digits = 0;
  let isHex = true;
  let isAlphanumeric = true;
  let wasDigit = false;
  for (let index = 0; index < end; index += 1) {
    const code = target.charCodeAt(index);
    if (code === question) break;
    if (code === slash) {
      if (isId(length, digits, isHex, isAlphanumeric)) kind = add(segmentStart, anyId);
      kind = add(kind, slash);
      segmentStart = kind;
      length = 0;
      digits = 0;
      isHex = true;
      isAlphanumeric = true;
      wasDigit = false;
      continue;
    }
    length += 1;
    if (code >= 0x30 && code <= 0x39) {
      digits += 1;
      if (!wasDigit) kind = add(kind, anyNumber);
      wasDigit = true;
      continue;
    }
    wasDigit = false;
    kind = add(kind, code);
    const lower = code | 0x20;
    if (lower >= 0x61 && lower <= 0x7a) isHex &&= lower <= 0x66;
    // Dashes stand in UUIDs, dashes, underscores and padding in base64.
    else if (code === 0x2d) continue;
    else {
      isHex = false;
      isAlphanumeric &&= code === 0x5f || code === 0x3d;
    }
  }
  return isId(length, digits, isHex, isAlphanumeric) ? add(segmentStart, anyId) : kind;
}

function isId(length: number, digits: number, isHex: boolean, isAlphanumeric: boolean): boolean {
  if (digits === 0) return false;
  if (digits === length) return true;
  return (isHex && length >= shortestHexId) || (isAlphanumeric && length >= shortestId);
}

/** One step of FNV-1a (draft-eastlake-fnv, 32 bit). */
function add(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01000193);
}
