import type { SocketIo } from '../socket/socket-io.ts';

const lastChunk = '0\r\n\r\n';

/**
 * Sends a part of a body, `text` (a head, or nothing) before it, in one call. A chunked body is
 * framed anew: one part, one chunk (RFC 9112 section 7.1).
 *
 * @param isLast whether the body is whole with this part.
 */
export function sendBody(
  io: SocketIo,
  isChunked: boolean,
  text: string,
  bytes: Buffer,
  start: number,
  end: number,
  isLast: boolean,
): void {
  const size = end - start;
  const ending = isChunked && isLast ? lastChunk : '';
  if (size === 0) {
    if (text !== '' || ending !== '') io.writeText(text + ending);
  } else if (isChunked) {
    io.writeParts(`${text}${size.toString(16)}\r\n`, bytes, start, end, `\r\n${ending}`);
  } else {
    io.writeParts(text, bytes, start, end, '');
  }
}
