/** A member as a separate process that a test can kill. Sends its port on the IPC channel. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const id = process.argv[2] ?? '';
const server = createServer((_, response) => response.end(id)).listen(0, '127.0.0.1', () => {
  process.send?.((server.address() as AddressInfo).port);
});
process.on('disconnect', () => process.exit());
