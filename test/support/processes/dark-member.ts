/**
 * A member whose host can go dark: it answers health checks and `/`, holds `/held` for ever, and on
 * any message accepts nothing more. Sends its port on the IPC channel.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const server = createServer((request, response) => {
  if (request.url === '/held') process.send?.('held');
  else response.end('dark');
});
// The kernel drops attempts to connect once two connections wait to be accepted.
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  process.send?.((server.address() as AddressInfo).port);
});
process.on('message', () => {
  process.send?.('dark', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
});
process.on('disconnect', () => process.exit());
