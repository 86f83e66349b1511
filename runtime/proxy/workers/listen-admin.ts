import { once } from 'node:events';
import { lstat, unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { PerchError } from '../../contract/perch-error.ts';
import { formatAddress, type AdminAddress } from '../settings/address.ts';
import { listenFailure } from '../../core/input/listen-failure.ts';

/**
 * Lets a server listen on the address of `--admin`. Replaces a socket file that no process answers
 * on.
 * @returns the address that it listens on, as HOST:PORT or unix:/PATH.
 * @throws PerchError `port_in_use` or `bad_input`.
 */
export async function listenAdmin(server: Server, address: AdminAddress): Promise<string> {
  if ('socketFile' in address) await removeStale(address.socketFile);
  server.listen('socketFile' in address ? { path: address.socketFile } : address);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw listenFailure(`--admin ${formatAddress(address)}`, cause);
  }
  const bound = server.address();
  if (bound === null || typeof bound === 'string') return formatAddress(address);
  return formatAddress({ host: bound.address, port: bound.port });
}

/** Removes a socket file that outlived its process, because it would prevent listening. */
async function removeStale(socketFile: string): Promise<void> {
  const probe = connect(socketFile);
  try {
    await once(probe, 'connect');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ECONNREFUSED' && (await lstat(socketFile)).isSocket()) await unlink(socketFile);
    return;
  } finally {
    probe.destroy();
  }
  throw new PerchError('port_in_use', `--admin unix:${socketFile} is in use by another process`);
}
