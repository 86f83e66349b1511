import { Socket } from 'node:net';

/**
 * A socket whose failed writes do not end it. An origin may answer and close while a request is
 * still being sent to it; what it answered stands behind the failed write and can still be read
 * (RFC 9112 section 9.5). When there is nothing to read, reading tells so at once.
 */
export class UpstreamSocket extends Socket {
  override _write(
    chunk: unknown,
    encoding: BufferEncoding,
    callback: (error?: Error | null) => void,
  ): void {
    super._write(chunk, encoding, () => callback());
  }

  override _writev(
    chunks: { chunk: unknown; encoding: BufferEncoding }[],
    callback: (error?: Error | null) => void,
  ): void {
    super._writev?.(chunks, () => callback());
  }
}
