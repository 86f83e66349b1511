import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { RawClient } from '../../../support/http/raw-client.ts';
import { until } from '../../../support/until.ts';

const mebibyte = 1_048_576;
const part = randomBytes(mebibyte);

test('the proxy stops an upstream while the client reads nothing, and the client gets everything once it reads again', async () => {
  const parts = 64;
  let written = 0;
  await using gateway = await startGateway({
    upstreams: [
      (socket) => {
        socket.once('data', () => {
          socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${parts * mebibyte}\r\n\r\n`);
          const writeOn = () => {
            while (written < parts) {
              written += 1;
              if (!socket.write(part)) break;
            }
          };
          socket.on('drain', writeOn);
          writeOn();
        });
      },
    ],
  });
  using client = await RawClient.connect(gateway.port);
  client.socket.pause();
  await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  let before = -1;
  await until(
    () => {
      const stuck = written === before && written > 0;
      before = written;
      return stuck;
    },
    { what: 'the upstream to be stopped', everyMs: 200 },
  );
  expect(written).toBeLessThan(parts);
  let received = 0;
  client.socket.removeAllListeners('data');
  client.socket.on('data', (bytes) => (received += bytes.length));
  client.socket.resume();
  await until(() => received > parts * mebibyte, { what: 'the rest' });
});

test('the proxy stops a client while the upstream reads nothing, and the upload arrives once it reads again', async () => {
  const size = 64 * mebibyte;
  let taken = 0;
  let goOn = () => {};
  await using gateway = await startGateway({
    upstreams: [
      (socket) => {
        socket.pause();
        goOn = () => socket.resume();
        socket.removeAllListeners('data');
        socket.on('data', (bytes) => (taken += bytes.length));
        socket.pause();
      },
    ],
  });
  using client = await RawClient.connect(gateway.port);
  await client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`);
  let sent = 0;
  const sendOn = () => {
    while (sent < size) {
      sent += part.length;
      if (!client.socket.write(part)) break;
    }
  };
  client.socket.on('drain', sendOn);
  sendOn();
  let before = -1;
  await until(
    () => {
      const stuck = sent === before;
      before = sent;
      return stuck;
    },
    { what: 'the client to be stopped', everyMs: 200 },
  );
  expect(sent).toBeLessThan(size);
  goOn();
  await until(() => taken > size, { what: 'the upload to arrive' });
});
