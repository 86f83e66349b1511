import { BufferPool } from './buffer-pool.ts';

/** Bytes that are read at once. They bound what a connection with a slow client holds. */
const size = 32_768;

const pool = new BufferPool(size);

/**
 * Buffer that all connections read into: the bytes are sent on, copied or used up before anything
 * else is read.
 */
export const sharedReadBuffer = Buffer.allocUnsafeSlow(size);

/**
 * Returns a buffer for one connection that relays a large body. Its bytes can be sent without a
 * copy, because the connection reads no more until they are sent.
 */
export function takeReadBuffer(): Buffer {
  return pool.take();
}

/** Returns a buffer with the bytes [start, end) of the shared one in the same place. */
export function copyOfShared(start: number, end: number): Buffer {
  const copy = takeReadBuffer();
  sharedReadBuffer.copy(copy, start, start, end);
  return copy;
}

/** Takes back a buffer that nothing uses any more. */
export function giveReadBuffer(buffer: Buffer): void {
  pool.give(buffer);
}
