import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Returns a port of loopback on which nothing listens now: `wanted`, or else one that the system picks.
 */
export async function freePort(wanted: number): Promise<number> {
  return (await listenedOn(wanted)) ?? (await listenedOn(0)) ?? wanted;
}

/** Undefined: it is taken. */
async function listenedOn(wanted: number): Promise<number | undefined> {
  const server = createServer();
  server.listen({ host: '127.0.0.1', port: wanted });
  try {
    await once(server, 'listening');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return undefined;
    throw error;
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' ? address?.port : undefined;
}
