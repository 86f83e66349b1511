import { Socket, type SocketConstructorOpts } from 'node:net';

/** Connection under a socket, with parts that Node's types leave out. */
export type TcpHandle = NonNullable<SocketConstructorOpts['handle']> & {
  readonly bytesRead?: number;
  /** Closes with a RST. @returns 0 unless it cannot. */
  reset(done: () => void): number;
};

/** Field that Node's types leave out. */
interface WithHandle {
  _handle: TcpHandle | null;
}

/** Options for accepting connections that {@link takeOver} gets: nothing is read before it. */
export const acceptOptions = { allowHalfOpen: true, noDelay: true, pauseOnConnect: true } as const;

/**
 * Takes the connection from the socket that accepted it.
 * @returns undefined if it is closed already.
 */
export function takeHandle(accepted: Socket & Partial<WithHandle>): TcpHandle | undefined {
  const { _handle: handle } = accepted;
  if (handle === undefined || handle === null) return undefined;
  accepted._handle = null;
  accepted.destroy();
  return handle;
}

/**
 * Gives an accepted connection to a socket that is made with our own options. Node lets a socket
 * that connects read into a buffer of the caller (`onread`), but not a socket that was accepted:
 * each of its reads takes 64 KiB of fresh memory, and one more comes after a pause. A slow upload
 * then holds 160 KiB and more, and a small request costs a tenth more CPU. `node:tls` moves handles
 * from one socket to another in the same way; nothing else here is undocumented in Node.
 */
export function takeOver(accepted: Socket, options: SocketConstructorOpts): Socket {
  const handle = takeHandle(accepted);
  return handle === undefined ? accepted : new Socket({ ...options, handle });
}
