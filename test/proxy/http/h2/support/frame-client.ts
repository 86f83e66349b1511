import { RawClient } from '../../../../support/http/raw-client.ts';
import { until } from '../../../../support/until.ts';
import { ack, frame, FrameType, preface, readFrame, settings, type Frame } from './frames.ts';

/** Client that sends raw frames and keeps those that it gets. It acknowledges no settings itself. */
export class FrameClient implements Disposable {
  readonly raw: RawClient;
  readonly frames: Frame[] = [];

  private constructor(raw: RawClient) {
    this.raw = raw;
  }

  /** @param pairs identifiers and values of its settings. */
  static async connect(port: number, ...pairs: readonly number[]): Promise<FrameClient> {
    const client = new FrameClient(await RawClient.connect(port));
    client.send(preface, settings(...pairs), frame(FrameType.settings, ack, 0));
    return client;
  }

  send(...frames: readonly Buffer[]): void {
    if (!this.raw.hasClosed) this.raw.socket.write(Buffer.concat(frames));
  }

  /** Frames of a type that have come so far, on one stream or on any. */
  received(type: number, stream?: number): Frame[] {
    this.#read();
    return this.frames.filter(
      (one) => one.type === type && (stream === undefined || one.stream === stream),
    );
  }

  /** Waits for a frame. Rejects if the connection ends before. */
  async frame(type: number, stream?: number): Promise<Frame> {
    return await until(
      () => {
        const [first] = this.received(type, stream);
        if (first === undefined && this.raw.hasEnded) throw new Error('the connection has ended');
        return first;
      },
      { what: `frame ${type} on stream ${stream ?? 'any'}`, everyMs: 1, timeoutMs: 10_000 },
    );
  }

  /** Waits for the end of a stream by RST_STREAM. @returns its error code. */
  async reset(stream: number): Promise<number> {
    return (await this.frame(FrameType.rstStream, stream)).payload.readUInt32BE(0);
  }

  /** Waits for a GOAWAY with an error. @returns its error code. */
  async goaway(): Promise<number> {
    return await until(
      () =>
        this.received(FrameType.goaway)
          .map(codeOfGoaway)
          .find((code) => code !== 0),
      { what: 'a GOAWAY with an error', everyMs: 1, timeoutMs: 10_000 },
    );
  }

  async untilClosed(): Promise<void> {
    await until(() => this.raw.hasEnded, { what: 'the connection to be closed' });
  }

  [Symbol.dispose](): void {
    this.raw[Symbol.dispose]();
  }

  #read(): void {
    let bytes = this.raw.received;
    for (let next = readFrame(bytes); next !== undefined; next = readFrame(bytes)) {
      this.frames.push(next.frame);
      bytes = bytes.subarray(next.length);
    }
    this.raw.clear(bytes);
  }
}

/** Last stream that a GOAWAY names. */
export function lastStreamOf({ payload }: Frame): number {
  return payload.readUInt32BE(0) & 0x7fff_ffff;
}

export function codeOfGoaway({ payload }: Frame): number {
  return payload.readUInt32BE(4);
}
