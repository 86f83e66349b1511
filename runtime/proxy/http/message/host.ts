import { byteClass, colon, hostByte } from './bytes.ts';

const openingBracket = 0x5b;

/** Reports whether a Host or an authority is `host [":" port]` (RFC 9110 section 7.2), not empty. */
export function isHost(text: string): boolean {
  const literal = text.charCodeAt(0) === openingBracket;
  const hostEnd = literal ? text.indexOf(']') + 1 : nameEnd(text);
  if (hostEnd === 0 || (literal && !isLiteral(text.slice(1, hostEnd - 1)))) return false;
  return hostEnd === text.length || isPort(text, hostEnd);
}

/** Returns the end of the name or IPv4 address at the beginning. */
function nameEnd(text: string): number {
  let index = 0;
  while (
    index < text.length &&
    ((byteClass[text.charCodeAt(index)] ?? 0) & hostByte) !== 0 &&
    text.charCodeAt(index) !== colon
  ) {
    index += 1;
  }
  return index;
}

function isPort(text: string, at: number): boolean {
  if (text.charCodeAt(at) !== colon) return false;
  for (let index = at + 1; index < text.length; index += 1) {
    const byte = text.charCodeAt(index);
    if (byte < 0x30 || byte > 0x39) return false;
  }
  return true;
}

/** Reports whether all characters may stand in an IPv6 address; the upstream checks the rest. */
function isLiteral(text: string): boolean {
  return /^[0-9a-f:.]+$/i.test(text);
}
