import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { PerchError } from '../runtime/contract/perch-error.ts';

/** Where people look: proxy, console, Redis. */
export const loopback = '127.0.0.1';

/** Whether a server could listen there now. */
export async function isFree(port: number, address: string = loopback): Promise<boolean> {
  return (await listenOnce(port, address)) !== undefined;
}

/** `preferred` when nobody has it, else any free port. */
export async function freePort(preferred = 0): Promise<number> {
  const port = (await listenOnce(preferred, loopback)) ?? (await listenOnce(0, loopback));
  if (port === undefined) throw new PerchError('unsupported', `${loopback} has no free port`);
  return port;
}

/**
 * An address for the members alone. Their ports are always the first ones of their host, so two
 * rehearsals would take each other's; but Linux answers on all of 127.0.0.0/8 (RFC 1122, 3.2.1.3),
 * and there each takes an address of its own. Elsewhere it is the common one.
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
