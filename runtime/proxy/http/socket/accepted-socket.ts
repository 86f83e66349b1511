import { Socket, type SocketConstructorOpts } from 'node:net';

/** Field that Node's types leave out: the connection under a socket. */
interface WithHandle {
  _handle: NonNullable<SocketConstructorOpts['handle']> | null;
}

/** Options for accepting connections that {@link takeOver} gets: nothing is read before it. */
export const acceptOptions = { allowHalfOpen: true, noDelay: true, pauseOnConnect: true } as const;

/**
 * Gives an accepted connection to a socket that is made with our own options. Node lets a socket
 * that connects read into a buffer of the caller (`onread`), but not a socket that was accepted:
 * each of its reads takes 64 KiB of fresh memory, and one more comes after a pause. A slow upload
 * then holds 160 KiB and more, and a small request costs a tenth more CPU. `node:tls` moves handles
 * from one socket to another in the same way; nothing else here is undocumented in Node.
 */
export function takeOver(
  accepted: Socket & Partial<WithHandle>,
  options: SocketConstructorOpts,
): Socket {
  const { _handle: handle } = accepted;
  if (handle === undefined || handle === null) return accepted;
  accepted._handle = null;
  accepted.destroy();
  return new Socket({ ...options, handle });
}
