import { Socket } from 'node:net';

/**
 * Socket that survives failed writes. An upstream may answer and close while a request is still
 * being sent to it; its response can be read after the failed write (RFC 9112 section 9.5). If
 * there is none, the next read fails at once.
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
