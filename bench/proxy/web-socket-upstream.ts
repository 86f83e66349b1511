import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

/** Upstream for WebSocket clients that sends back each byte. Argument: its port. */
const server = createServer((_, response) => response.end());
server.on('upgrade', (request, socket, head) => {
  const key = request.headers['sec-websocket-key'] ?? '';
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      `Sec-WebSocket-Accept: ${accept.digest('base64')}\r\n\r\n`,
  );
  socket.on('error', () => {});
  if (head.length > 0) socket.write(head);
  socket.pipe(socket);
});
server.listen(Number(process.argv[2]), '127.0.0.1');
