import { expect, test } from 'vitest';
import { roundTrip } from '../../../support/http/raw-client.ts';
import { until } from '../../../support/until.ts';
import { H2Client } from '../h2/support/h2-client.ts';
import {
  answering,
  ok,
  startGateway,
  type GatewayOptions,
  type UpstreamBehaviour,
} from '../support/gateway.ts';
import { bodyOf, request } from '../support/messages.ts';

const missing = 'HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone';
const failing: UpstreamBehaviour = (socket) => socket.once('data', () => socket.destroy());
const replacing = (...upstreams: UpstreamBehaviour[]): GatewayOptions => ({
  upstreams,
  replacedStatus: 404,
});

test('HTTP/1.1: the response of the other upstream is sent, and the connection goes on', async () => {
  await using gateway = await startGateway(replacing(answering(missing), answering(ok)));
  const answers = await roundTrip(gateway.port, request + request);
  expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200']);
  expect(answers).not.toContain('gone');
  const statuses = gateway.outcomes.map((outcome) => 'status' in outcome && outcome.status);
  expect(statuses).toEqual([404, 200, 404, 200]);
  await until(() => gateway.open === 0);
});

test('HTTP/2: the response of the other upstream is sent', async () => {
  const upstreams = [answering(missing), answering(ok)];
  await using gateway = await startGateway({ ...replacing(...upstreams), http2: true });
  using client = await H2Client.connect(gateway.port);
  expect(await client.ask({ ':method': 'GET' })).toMatchObject({ status: 200, body: 'ok' });
  expect((await client.ask({ ':method': 'HEAD' })).status).toBe(200);
  expect((await client.ask({ ':method': 'POST' }, 'hello')).status).toBe(404);
  await until(() => gateway.open === 0);
});

test('a response whose body is still on its way is replaced too', async () => {
  const slow: UpstreamBehaviour = (socket) =>
    socket.once('data', () => {
      socket.write('HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngo');
    });
  await using gateway = await startGateway(replacing(slow, answering(ok)));
  expect(bodyOf(await roundTrip(gateway.port, request))).toBe('ok');
});

test('if the other upstream has nothing either, its response is sent', async () => {
  await using gateway = await startGateway(replacing(answering(missing), answering(missing)));
  const answer = await roundTrip(gateway.port, request);
  expect(answer).toMatch(/^HTTP\/1\.1 404 /);
  expect(bodyOf(answer)).toBe('gone');
  expect(gateway.outcomes).toHaveLength(2);
});

test.for([
  ['HTTP/1.1', false],
  ['HTTP/2', true],
] as const)('%s: if the other upstream fails, the client gets a 404', async ([, http2]) => {
  const upstreams = [answering(missing), failing];
  await using gateway = await startGateway({ ...replacing(...upstreams), http2 });
  if (http2) {
    using client = await H2Client.connect(gateway.port);
    expect(await client.ask({ ':method': 'GET' })).toMatchObject({ status: 404 });
  } else {
    expect(await roundTrip(gateway.port, request)).toMatch(/^HTTP\/1\.1 404 Not Found/);
  }
  expect(gateway.refusals).toEqual([]);
});

test.for([
  ['POST', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n'],
  ['GET with a body', 'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc'],
] as const)('the response to a %s is sent as it came', async ([, text]) => {
  await using gateway = await startGateway(replacing(answering(missing), answering(ok)));
  expect(bodyOf(await roundTrip(gateway.port, text))).toBe('gone');
  expect(gateway.upstreams[1]?.received).toEqual([]);
});

test('a response of which the client has got an interim one is sent as it came', async () => {
  const hinted = `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${missing}`;
  await using gateway = await startGateway(replacing(answering(hinted), answering(ok)));
  expect(await roundTrip(gateway.port, request)).toContain('gone');
});
