import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { PerchError } from '../runtime/contract/perch-error.ts';

/** Address of the proxy, the console and Redis. */
export const loopback = '127.0.0.1';

/** Reports whether a server can listen on the port now. */
export async function isFree(port: number, address: string = loopback): Promise<boolean> {
  return (await listenOnce(port, address)) !== undefined;
}

/** Returns the preferred port if it is free, else any free port. */
export async function freePort(preferred = 0): Promise<number> {
  const port = (await listenOnce(preferred, loopback)) ?? (await listenOnce(0, loopback));
  if (port === undefined) throw new PerchError('unsupported', `${loopback} has no free port`);
  return port;
}

/**
 * Address for the members alone. Members always get the first ports of their host, so two
 * rehearsals on one address would collide. Linux accepts connections on all of 127.0.0.0/8 (RFC
 * 1122, section 3.2.1.3), so there each rehearsal gets its own address; elsewhere all share one.
 */
export async function memberAddress(): Promise<string> {
  const own = `127.${randomInt(1, 255)}.${randomInt(0, 255)}.${randomInt(1, 255)}`;
  return (await isFree(0, own)) ? own : loopback;
}

async function listenOnce(port: number, address: string): Promise<number | undefined> {
  const server = createServer();
  server.listen(port, address);
  try {
    await once(server, 'listening');
  } catch {
    return undefined;
  }
  const bound = server.address();
  server.close();
  await once(server, 'close');
  return typeof bound === 'object' ? bound?.port : undefined;
}
