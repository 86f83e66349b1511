import type { Server } from 'node:net';
import type { TcpHandle } from './tcp-handle.ts';

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
 * each. This relies on the handle under a server, which is undocumented; the tests fail if Node
 * changes it.
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
