import { Socket, type SocketConstructorOpts } from 'node:net';

/** What Node's types leave out: the connection that a socket stands on. */
interface WithHandle {
  _handle: NonNullable<SocketConstructorOpts['handle']> | null;
}

/** How connections are accepted that {@link takeOver} is for: nothing is read before. */
export const acceptOptions = { allowHalfOpen: true, noDelay: true, pauseOnConnect: true } as const;

/**
 * Gives an accepted connection to a socket made with options of our own. Node lets those who
 * connect read into a buffer of theirs (`onread`), but not those who accept: each read of theirs
 * takes 64 KiB of fresh memory, and one more comes after a pause. So a slow upload held 160 KiB and
 * more, and a small request cost a tenth more CPU. Moving the handle from one socket to another is
 * what `node:tls` does; it is the one thing here that Node does not document.
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
