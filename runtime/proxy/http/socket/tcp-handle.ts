import type { SocketConstructorOpts } from 'node:net';
import { getSystemErrorName } from 'node:util';

/**
 * Connection under a socket of Node's, with the parts that Node's types leave out. All of it is
 * undocumented; the tests fail if Node changes it.
 */
export type TcpHandle = NonNullable<SocketConstructorOpts['handle']> &
  WritableHandle & {
    /** Called with each read, see {@link lastReadLength}. @returns the buffer for the next reads; undefined: the same. */
    onread: (this: TcpHandle) => Buffer | undefined;
    readonly bytesRead?: number;
    /** Sets the buffer for the first reads. */
    useUserBuffer(buffer: Buffer): void;
    readStart(): number;
    readStop(): number;
    /** Ends this side once everything is sent. @returns 0, or the code of an error. */
    shutdown(request: HandleRequest): number;
    close(done?: (this: TcpHandle) => void): void;
    /** Closes with a RST. @returns 0 unless it cannot. */
    reset(done: (this: TcpHandle) => void): number;
    setNoDelay(on: boolean): void;
    /** Enters the address of the other side. @returns 0 unless it is gone. */
    getpeername(out: { address?: string }): number;
  };

/** Handle that can be written to; see {@link isLastWriteWaiting}. Calls return 0, or the code of an error. */
export interface WritableHandle {
  writeLatin1String(request: HandleRequest, text: string): number;
  writeBuffer(request: HandleRequest, bytes: Buffer): number;
  /** @param parts each followed by its encoding, or by `buffer`. */
  writev(request: HandleRequest, parts: readonly (Buffer | string)[], areBuffers: false): number;
}

/** State of a call that may end later. */
export interface HandleRequest {
  /** Called with 0 or the code of an error, if the call did not end at once. */
  oncomplete?: (status: number) => void;
}

interface StreamBinding {
  readonly WriteWrap: new () => HandleRequest;
  readonly ShutdownWrap: new () => HandleRequest;
  /** Results of the last call, and of the read that is being reported. */
  readonly streamBaseState: Int32Array;
  readonly kReadBytesOrError: number;
  readonly kBytesWritten: number;
  readonly kLastWriteWasAsync: number;
}

interface WithBinding {
  binding(name: 'stream_wrap'): StreamBinding;
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Node's types leave `binding` out
const binding = (process as unknown as WithBinding).binding('stream_wrap');
const { streamBaseState, kReadBytesOrError, kBytesWritten, kLastWriteWasAsync } = binding;

/** Classes of the requests that Node accepts: it keeps a pointer in them. */
export const { WriteWrap, ShutdownWrap } = binding;

/** Code of the orderly end of what the other side sends. */
export const endOfStream = -4_095;

/** Returns the error of a connection that failed with a code. */
export function failureOf(code: number): NodeJS.ErrnoException {
  const name = getSystemErrorName(code);
  return Object.assign(new Error(`the connection failed: ${name}`), { code: name });
}

/** Number of bytes of the read that is being reported; a negative one is the code of an error. */
export function lastReadLength(): number {
  return streamBaseState[kReadBytesOrError] ?? 0;
}

/** Returns true if a part of what was written last waits to be sent; its request then ends later. */
export function isLastWriteWaiting(): boolean {
  return streamBaseState[kLastWriteWasAsync] !== 0;
}

/** Number of bytes that were written last. */
export function lastWriteLength(): number {
  return streamBaseState[kBytesWritten] ?? 0;
}
