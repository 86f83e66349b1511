import { createSocket } from 'node:dgram';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { PerchError } from '../runtime/contract/perch-error.ts';

/** Address of the proxy, the console and Redis. */
export const loopback = '127.0.0.1';

/**
 * Ports that systems give no outgoing connection by themselves, and that are no default of Perch. One
 * that the system chooses could be taken by an outgoing connection before somebody listens on it.
 */
const [firstPort, lastPort] = [10_240, 19_999];
/** First of the UDP ports that claim ports, and their number; see {@link claim}. */
const [firstClaim, claims] = [40_000, 20_000];
const maxAttempts = 1_000;

/** Reports whether a server can listen on the port now. */
export async function isFree(port: number, address: string = loopback): Promise<boolean> {
  const server = createServer();
  server.listen(port, address);
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

/**
 * Returns the preferred port if nothing listens on it, else another one by chance. While this process
 * lives, no process gets the same port from here, whether somebody listens on it yet or not.
 * @throws PerchError `unsupported` if no port is left.
 */
export async function freePort(preferred?: number): Promise<number> {
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const port =
      attempt === 0 && preferred !== undefined ? preferred : randomInt(firstPort, lastPort + 1);
    if ((await claim(port)) && (await isFree(port))) return port;
  }
  throw new PerchError('unsupported', `${loopback} has no free port`);
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

/**
 * Claims a port until this process ends: between the choice of a port and the server that listens on it,
 * other processes choose theirs. A UDP port can be bound once on a machine, and the system gives it
 * back whatever becomes of the process. It has another number, because a DNS server needs both.
 */
async function claim(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  socket.bind({ port: firstClaim + (port % claims), address: loopback, exclusive: true });
  try {
    await once(socket, 'listening');
  } catch {
    socket.close();
    return false;
  }
  socket.unref();
  return true;
}
