import { expect, test } from 'vitest';
import { answering, ok, startGateway } from '../support/gateway.ts';
import { RawClient } from '../../../support/http/raw-client.ts';
import { until } from '../../../support/until.ts';
import { answered, bodyOf, fieldsOf } from '../support/messages.ts';

const expecting = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n';

test('RFC 9110 10.1.1: the proxy forwards 100-continue to the upstream, then its 100 to the client, then the body', async () => {
  await using gateway = await startGateway({
    upstreams: [
      (socket) => {
        socket.once('data', () => {
          socket.write('HTTP/1.1 100 Continue\r\n\r\n');
          socket.once('data', () => socket.write(ok));
        });
      },
    ],
  });
  using client = await RawClient.connect(gateway.port);
  await client.send(expecting);
  await client.untilText('HTTP/1.1 100 Continue\r\n');
  await client.send('body');
  await client.untilText('\r\n\r\nok');
  expect(bodyOf(gateway.upstreams[0]?.received[0] ?? '')).toBe('body');
});

test('RFC 9110 10.1.1: a final response instead of 100 ends the upload and the connection', async () => {
  await using gateway = await startGateway({
    upstreams: [answering('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n')],
  });
  using client = await RawClient.connect(gateway.port);
  await client.send(expecting);
  const answer = await client.untilEnd();
  expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  expect(fieldsOf(answer).get('connection')).toEqual(['close']);
});

test('RFC 8297: the proxy relays 103 before the final response', async () => {
  const answer = await answered(`HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n${ok}`);
  expect(answer).toMatch(
    /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>\r\n[^]*HTTP\/1\.1 200 OK/,
  );
});

test('RFC 9110 15.2: an HTTP/1.0 client gets no 1xx', async () => {
  const answer = await answered(
    `HTTP/1.1 103 Early Hints\r\n\r\n${ok}`,
    'GET / HTTP/1.0\r\nHost: a\r\n\r\n',
  );
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK/);
});

test('RFC 9110 7.8: the proxy answers 502 if the upstream sends a 101 without being asked to switch', async () => {
  const answer = await answered(
    'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
  );
  expect(answer).toMatch(/^HTTP\/1\.1 502 /);
});

test('RFC 9110 15.2: the proxy relays any number of interim responses', async () => {
  const processing = 'HTTP/1.1 102 Processing\r\n\r\n';
  const answer = await answered(processing.repeat(500) + ok);
  expect(answer.match(/^HTTP\/1\.1 102 /gm)).toHaveLength(500);
  expect(answer).toMatch(/HTTP\/1\.1 200 OK[^]*ok$/);
});

test('a client that reads no interim responses stops them, and is given up as a slow reader', async () => {
  const hints = `HTTP/1.1 103 Early Hints\r\nLink: <${'a'.repeat(8_000)}>\r\n\r\n`;
  await using gateway = await startGateway({
    upstreams: [
      (socket) => {
        const sendMore = () => {
          while (socket.write(hints));
        };
        socket.once('data', sendMore).on('drain', sendMore);
      },
    ],
    limits: { clientStallTimeoutMs: 100 },
  });
  using client = await RawClient.connect(gateway.port);
  client.socket.pause();
  await client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await until(() => gateway.outcomes.length > 0, { what: 'the client to be given up' });
  expect(gateway.refusals).toEqual(['slow-reader']);
  expect(gateway.outcomes).toMatchObject([{ kind: 'client-gone' }]);
});
