import type { Server, SocketConstructorOpts } from 'node:net';

/** Connection under a socket, with parts that Node's types leave out. */
export type TcpHandle = NonNullable<SocketConstructorOpts['handle']> & {
  readonly bytesRead?: number;
  close(done?: () => void): void;
  /** Closes with a RST. @returns 0 unless it cannot. */
  reset(done: () => void): number;
  setNoDelay(on: boolean): void;
  /** Enters the address of the other side. @returns 0 unless it is gone. */
  getpeername(out: { address?: string }): number;
};

/** Handle of a socket that listens, which Node's types leave out. */
interface ListeningHandle {
  onconnection: (this: ListeningHandle, error: number, accepted?: TcpHandle) => void;
}

/** Field that Node's types leave out. */
interface WithListeningHandle {
  readonly _handle: ListeningHandle;
}

/**
 * Takes the connections of a server that has just begun to listen, before Node makes a socket for
 * each. Node lets a socket that connects read into a buffer of the caller (`onread`), but not a socket
 * that it has accepted: each of its reads takes 64 KiB of fresh memory, and one more comes after a
 * pause. A socket that is made here reads as its owner wants. It would have to be a second one for
 * each connection otherwise.
 *
 * This relies on the handle under a server, which is undocumented; the tests fail if Node changes it.
 */
export function takeConnections(
  server: Server & Partial<WithListeningHandle>,
  take: (accepted: TcpHandle) => void,
): void {
  const { _handle: listening } = server;
  if (listening === undefined) throw new Error('Node keeps no handle under a server that listens');
  const { onconnection } = listening;
  const takeOrFail: ListeningHandle['onconnection'] = (error, accepted) => {
    if (accepted === undefined) return onconnection.call(listening, error);
    accepted.setNoDelay(true);
    take(accepted);
  };
  listening.onconnection = takeOrFail;
}

/** Returns the IP address of the other side; empty if that is gone. */
export function remoteAddressOf(accepted: TcpHandle): string {
  const out: { address?: string } = {};
  accepted.getpeername(out);
  return out.address ?? '';
}
