import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { HttpServer } from '../../../../runtime/proxy/http/server.ts';

const burst = 320;

test('a burst of connections is accepted in few turns of the event loop, on a shared port', async () => {
  const server = new HttpServer({ handler: { route: () => ({ retryAfterSeconds: 1 }) } });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0, reusePort: true });
  const clients = Array.from({ length: burst }, () => connect(port, '127.0.0.1'));
  let turns = 0;
  while (server.stats.connections < burst) {
    await turn();
    turns += 1;
  }
  // One socket that listens would take one turn for each of them.
  expect(turns).toBeLessThan(burst / 4);
  const closed = clients.map((client) => once(client.resume(), 'close'));
  for (const client of clients) client.end();
  await server.drain(1_000);
  await Promise.all(closed);
});
