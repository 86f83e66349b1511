/** What is read at once: with it, the size bounds what a connection whose client is slow holds. */
const size = 32_768;
const mostSpare = 64;

const spare: Buffer[] = [];

/**
 * All connections to origins read into this buffer: what comes is sent on, copied or used up
 * before anything else is read.
 */
export const sharedReadBuffer = Buffer.allocUnsafeSlow(size);

/**
 * A buffer for one connection that relays a large body. What it holds need not be copied to be
 * sent on, as the connection reads no more until it is sent.
 */
export function takeReadBuffer(): Buffer {
  return spare.pop() ?? Buffer.allocUnsafeSlow(size);
}

/** A buffer with the bytes [start, end) of the shared one in the same place. */
export function copyOfShared(start: number, end: number): Buffer {
  const copy = takeReadBuffer();
  sharedReadBuffer.copy(copy, start, start, end);
  return copy;
}

/** Gives back a buffer that nothing uses any more. */
export function giveReadBuffer(buffer: Buffer): void {
  if (spare.length < mostSpare) spare.push(buffer);
}
