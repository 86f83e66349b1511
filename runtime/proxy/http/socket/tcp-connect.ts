import { Socket } from 'node:net';
import type { TcpHandle } from './tcp-handle.ts';

export interface ConnectEvents {
  readonly onConnect: (handle: TcpHandle) => void;
  /** @param error undefined if it was given up. */
  readonly onFail: (error: Error | undefined) => void;
}

/** Field that Node's types leave out. */
interface WithHandle {
  _handle: TcpHandle | null;
}

/**
 * Connects to a name or an address as Node does it: it tries all addresses of a name in turn. Takes
 * the connection from Node's socket then.
 * @returns a function that gives up.
 */
export function connectTcp(
  { host, port }: { readonly host: string; readonly port: number },
  { onConnect, onFail }: ConnectEvents,
): () => void {
  const socket: Socket & Partial<WithHandle> = new Socket({ allowHalfOpen: true });
  let failure: Error | undefined;
  // A close follows every error.
  socket.on('error', (error) => (failure = error));
  socket.on('close', () => onFail(failure));
  // A socket that is paused does not begin to read.
  socket.pause().setNoDelay(true);
  socket.connect(port, host, () => {
    const { _handle: handle } = socket;
    if (handle === undefined || handle === null) {
      throw new Error('Node keeps no handle under a socket that is connected');
    }
    socket._handle = null;
    onConnect(handle);
  });
  return () => socket.destroy();
}
