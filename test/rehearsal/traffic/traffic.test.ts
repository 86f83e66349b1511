import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { Traffic, type TrafficOptions } from '../../../rehearsal/traffic/traffic.ts';
import { until } from '../../support/until.ts';

async function trafficTo(
  listener: RequestListener,
  options: Pick<TrafficOptions, 'kinds' | 'clientTimeoutMs'> = {},
) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const traffic = new Traffic({ host: '127.0.0.1', port, ...options });
  onTestFinished(async () => {
    server.closeAllConnections();
    await traffic.stop();
    server.close();
  });
  return { traffic, server, port };
}

test('send sends the given number of requests and counts them by track and member', async () => {
  let received = 0;
  const { traffic } = await trafficTo((_request, response) => {
    received += 1;
    const track = received % 4 === 0 ? 'canary' : 'stable';
    response.setHeader('x-perch-track', track).setHeader('x-perch-member', `${track}-1`).end('ok');
  });

  const counts = await traffic.send(100, 8);

  expect(received).toBe(100);
  expect(counts.total).toBe(100);
  expect(counts.failed).toBe(0);
  expect(counts.answeredBy('canary')).toBe(25);
  expect(counts.members).toEqual(
    new Map([
      ['stable-1', 75],
      ['canary-1', 25],
    ]),
  );
  expect(traffic.counts.total).toBe(100);
});

test('most requests share connections, and some open a new one', async () => {
  const connections = new Set<unknown>();
  const { traffic } = await trafficTo(({ socket }, response) => {
    connections.add(socket);
    response.end();
  });

  await traffic.send(100, 1);

  expect(connections.size).toBe(11);
});

test('every status but 200 is a failure with the status as its cause', async () => {
  const { traffic } = await trafficTo((_request, response) => response.writeHead(503).end());
  const counts = await traffic.send(10, 2);
  expect(counts.failures).toEqual(new Map([['status 503', 10]]));
});

test('a connection cut in the middle of a response is a failure, and no request is sent twice', async () => {
  let received = 0;
  const { traffic } = await trafficTo((_request, response) => {
    received += 1;
    response.writeHead(200, { 'content-length': 100 }).write('half', () => response.destroy());
  });

  const counts = await traffic.send(10, 1);

  expect(received).toBe(10);
  expect(counts.failed).toBe(10);
  expect([...counts.failures.keys()]).toEqual(['ECONNRESET']);
});

test('a refused connection is a failure', async () => {
  const { traffic, server } = await trafficTo((_request, response) => response.end());
  server.close();
  await once(server, 'close');
  const counts = await traffic.send(3, 1);
  expect(counts.failures).toEqual(new Map([['ECONNREFUSED', 3]]));
});

test('requests are sent when they are due, even if earlier ones are unanswered', async () => {
  const waiting: (() => void)[] = [];
  const { traffic } = await trafficTo((_request, response) => {
    waiting.push(() => response.end());
  });
  traffic.setRate(200);
  await until(() => waiting.length >= 20, { what: 'requests in flight' });

  expect(traffic.counts.total).toBe(0);
  const paused = traffic.pause();
  const sent = traffic.inFlight;
  await until(() => waiting.length === sent, { what: 'all requests to arrive' });
  for (const answer of waiting) answer();
  await paused;

  expect(traffic.counts.total).toBe(sent);
  expect(traffic.counts.failed).toBe(0);
});

test('latency counts from the time a request was due', async () => {
  const { traffic } = await trafficTo((_request, response) => {
    setTimeout(() => response.end(), 30);
  });
  const counts = await traffic.send(5, 1);
  expect(counts.latencyMs(50)).toBeGreaterThanOrEqual(29);
});

test('a virtual user sends the cookies back that it received', async () => {
  const visits: Pick<IncomingMessage, 'headers'>[] = [];
  const { traffic } = await trafficTo((request, response) => {
    visits.push(request);
    response.setHeader('set-cookie', `id=${visits.length}; Path=/; HttpOnly`).end();
  });

  await traffic.send(200, 1);

  expect(visits[0]?.headers.cookie).toBeUndefined();
  expect(visits[199]?.headers.cookie).toBe('id=1');
});

test('users give up after the time limit of clients, which is a failure', async () => {
  const { traffic } = await trafficTo(() => undefined, { clientTimeoutMs: 50 });
  const counts = await traffic.send(2, 2);
  expect(counts.failures).toEqual(new Map([['no response within 50 ms', 2]]));
});

test('one user alternates between two pages', async () => {
  const paths: (string | undefined)[] = [];
  const { traffic } = await trafficTo(
    ({ url }, response) => {
      paths.push(url);
      response.end();
    },
    { kinds: [{ path: '/slow' }, { path: '/broken' }] },
  );

  await traffic.send(6, 1);

  expect(paths).toEqual(['/slow', '/broken', '/slow', '/broken', '/slow', '/broken']);
});

test('requests go to several proxies in turn, and each answer names its proxy', async () => {
  const answering: RequestListener = (_request, response) => void response.end();
  const one = await trafficTo(answering);
  const other = await trafficTo(answering);
  const ports: number[] = [];
  one.traffic.onAnswer(({ proxyPort }) => ports.push(proxyPort));
  one.traffic.useProxies([one.port, other.port]);

  await one.traffic.send(4, 1);

  expect(ports).toEqual([one.port, other.port, one.port, other.port]);
});
