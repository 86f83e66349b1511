/**
 * Bytes that are collected for one write: small frames, then a whole buffer of an upstream in two frames.
 */
export const frameBufferBytes = 53_248;
const mostSpare = 64;

const spare: Buffer[] = [];

/** Returns a buffer for frames that leave in one write. */
export function takeFrameBuffer(): Buffer {
  return spare.pop() ?? Buffer.allocUnsafeSlow(frameBufferBytes);
}

/** Takes back a buffer that nothing uses any more. */
export function giveFrameBuffer(buffer: Buffer): void {
  if (spare.length < mostSpare) spare.push(buffer);
}
