import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Address } from './address.ts';

/**
 * Reports whether another process listens on the address already. The workers of a proxy share
 * their port, also with those of another proxy, so nothing fails when there are two by mistake.
 */
export async function isPortShared({ host, port }: Address): Promise<boolean> {
  if (port === 0) return false;
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  } finally {
    server.close();
  }
  return false;
}
