import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import type { ByteStreamOwner } from '../../../../../runtime/proxy/http/socket/byte-stream.ts';
import { sharedReadBuffer } from '../../../../../runtime/proxy/http/socket/read-buffers.ts';

/** Notes the events of a stream. */
export class Recorder implements ByteStreamOwner {
  readonly events: string[] = [];
  text = '';

  received(length: number): Buffer {
    this.text += sharedReadBuffer.latin1Slice(0, length);
    return sharedReadBuffer;
  }

  ended(): void {
    this.events.push('ended');
  }

  drained(): void {
    this.events.push('drained');
  }

  closed(error: NodeJS.ErrnoException | undefined): void {
    this.events.push(error === undefined ? 'closed' : `closed by ${error.code}`);
  }
}

/** Reads the other side of a stream to its end. */
export async function allOf(socket: Duplex): Promise<Buffer> {
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  await once(socket.resume(), 'end');
  return Buffer.concat(parts);
}
