import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test as base } from 'vitest';
import { WebhookChannel } from '../../../../runtime/monitor/notify/webhook/webhook-channel.ts';
import { freePort } from '../../../../rehearsal/loopback.ts';
import { notification } from '../../../support/judge/notification.ts';

const secret = 'a signing secret of a test';
const now = () => 1_700_000_000_999;

/** Receiver that responds with `status` and keeps the last request. */
interface Receiver {
  readonly url: string;
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

// oxlint-disable-next-line no-empty-pattern -- vitest reads the names of the fixtures from it
const test = base.extend('receiver', async ({}, { onCleanup }): Promise<Receiver> => {
  const server = createServer((request, response) => {
    receiver.headers = request.headers;
    void text(request).then((body) => {
      receiver.body = body;
      response.writeHead(receiver.status, { location: 'http://127.0.0.1:1/' }).end('answer');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanup(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : '';
  const url = `http://127.0.0.1:${port}/hook/token`;
  const receiver: Receiver = { url, status: 200, headers: {}, body: '' };
  return receiver;
});

test('the webhook channel posts JSON with a signature that a receiver can check', async ({
  receiver,
}) => {
  receiver.status = 204;
  const channel = new WebhookChannel({ url: receiver.url, secret, now });
  expect(await channel.send([notification()])).toEqual({ kind: 'sent' });
  const { headers, body } = receiver;
  expect(headers['content-type']).toBe('application/json');
  const expected = createHmac('sha256', secret).update(`1700000000.${body}`).digest('hex');
  expect(headers['x-perch-timestamp']).toBe('1700000000');
  expect(headers['x-perch-signature']).toBe(`v1=${expected}`);
  expect(JSON.parse(body)).toHaveProperty('perch.rule', 'canary-harmful');
});

test('the webhook channel signs nothing without a secret', async ({ receiver }) => {
  await new WebhookChannel({ url: receiver.url, now }).send([notification()]);
  expect(receiver.headers).toHaveProperty('content-type');
  expect(receiver.headers).not.toHaveProperty('x-perch-signature');
});

test.for([
  [500, 'failed'],
  [429, 'failed'],
  [408, 'failed'],
  [404, 'rejected'],
  [302, 'rejected'],
] as const)('the webhook channel counts status %i as %s', async ([status, kind], { receiver }) => {
  receiver.status = status;
  const channel = new WebhookChannel({ url: receiver.url, now });
  expect(await channel.send([notification()])).toEqual({
    kind,
    reason: `the webhook responded with status ${status}`,
  });
});

test('a webhook that cannot be reached has failed, and the reason does not contain its URL', async () => {
  const url = `http://127.0.0.1:${await freePort()}/hook/token`;
  expect(await new WebhookChannel({ url, now }).send([notification()])).toEqual({
    kind: 'failed',
    reason: 'the webhook could not be reached (ECONNREFUSED)',
  });
});

interface TcpServer {
  readonly port: number;
  /** Connections that it accepted. */
  connections: number;
  onConnection: (socket: Socket) => void;
}

// oxlint-disable-next-line no-empty-pattern -- vitest reads the names of the fixtures from it
const tcpTest = base.extend('tcp', async ({}, { onCleanup }): Promise<TcpServer> => {
  const server = createTcpServer((socket) => {
    tcp.connections += 1;
    socket.on('error', () => undefined);
    tcp.onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanup(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const tcp: TcpServer = { port, connections: 0, onConnection: (socket) => void socket.destroy() };
  return tcp;
});

tcpTest(
  'a webhook that ends the connection after the request may have accepted it, and got one request',
  async ({ tcp }) => {
    tcp.onConnection = (socket) => void socket.once('data', () => socket.destroy());
    const channel = new WebhookChannel({ url: `http://127.0.0.1:${tcp.port}/token`, now });
    const result = await channel.send([notification()]);
    expect(result).toEqual({
      kind: 'unknown',
      reason: 'the webhook did not answer (ECONNRESET)',
    });
    expect(tcp.connections).toBe(1);
  },
);

tcpTest('a webhook whose TLS fails has failed for certain', async ({ tcp }) => {
  const channel = new WebhookChannel({ url: `https://127.0.0.1:${tcp.port}/token`, now });
  const result = await channel.send([notification()]);
  expect(result.kind).toBe('failed');
  expect(await channel.check()).toMatchObject({ ok: false });
  expect(JSON.stringify(result)).not.toContain('token');
});

tcpTest('the check of a webhook opens a connection and posts nothing', async ({ tcp }) => {
  let received = 0;
  tcp.onConnection = (socket) => void socket.on('data', ({ length }) => (received += length));
  const channel = new WebhookChannel({ url: `http://127.0.0.1:${tcp.port}/token`, now });
  expect(await channel.check()).toEqual({
    ok: true,
    text: 'the server of the webhook can be reached',
  });
  expect(tcp.connections).toBe(1);
  expect(received).toBe(0);
  const url = `http://127.0.0.1:${await freePort()}/token`;
  expect(await new WebhookChannel({ url, now }).check()).toEqual({
    ok: false,
    reason: 'the webhook could not be reached (ECONNREFUSED)',
  });
});
