import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';

/** Request as Node's own parser reads it. */
export interface NodeRequest {
  readonly line: string;
  readonly body: string;
}

/** Sends bytes to a node:http server. @returns the requests that it reads in them. */
export async function readByNode(bytes: Buffer): Promise<NodeRequest[]> {
  const requests: NodeRequest[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('latin1').on('data', (part: string) => (body += part));
    request.on('end', () => {
      requests.push({ line: `${request.method} ${request.url}`, body });
      response.end();
    });
    request.on('error', () => {});
  });
  server.on('upgrade', (request, socket) => {
    requests.push({ line: `${request.method} ${request.url}`, body: '' });
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => {});
  socket.resume();
  socket.end(bytes);
  await once(socket, 'close');
  server.closeAllConnections();
  server.close();
  return requests;
}
