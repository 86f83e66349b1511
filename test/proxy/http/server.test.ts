import { expect, test } from 'vitest';
import { answering, ok, startGateway } from './support/gateway.ts';
import { RawClient } from '../../support/http/raw-client.ts';
import { until } from '../../support/until.ts';

const request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

test('a drain lets requests end, tells clients to close and accepts no new connection', async () => {
  let answer = () => {};
  await using gateway = await startGateway({
    upstreams: [(socket) => socket.once('data', () => (answer = () => socket.write(ok)))],
  });
  using client = await RawClient.connect(gateway.port);
  await client.send(request);
  await until(() => gateway.upstreams[0]?.received[0], { what: 'the request to arrive' });
  const drained = gateway.server.drain(10_000);
  await expect(RawClient.connect(gateway.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  answer();
  const text = await client.untilEnd();
  expect(text).toMatch(/Connection: close[^]*ok$/);
  client.halfClose();
  await drained;
});

test('a kept connection gets one more request answered in a drain, and is then closed', async () => {
  await using gateway = await startGateway({ upstreams: [answering(ok)] });
  using client = await RawClient.connect(gateway.port);
  await client.send(request);
  await client.untilText('\r\n\r\nok');
  client.clear();
  const drained = gateway.server.drain(10_000);
  await client.send(request);
  expect(await client.untilEnd()).toMatch(/Connection: close[^]*ok$/);
  client.halfClose();
  await drained;
});

test('a kept connection that stays silent does not hold up a drain', async () => {
  await using gateway = await startGateway({
    upstreams: [answering(ok)],
    limits: { drainIdleMs: 100 },
  });
  using client = await RawClient.connect(gateway.port);
  await client.send(request);
  await client.untilText('\r\n\r\nok');
  client.socket.on('end', () => client.halfClose());
  await gateway.server.drain(3_600_000);
  expect(await client.untilEnd()).toMatch(/ok$/);
});

test('a drain cuts off requests that do not end in time', async () => {
  await using gateway = await startGateway({ upstreams: [() => {}] });
  using client = await RawClient.connect(gateway.port);
  await client.send(request);
  await until(() => gateway.upstreams[0]?.received[0], { what: 'the request to arrive' });
  await gateway.server.drain(50);
  await until(() => client.hasClosed || client.hasEnded, { what: 'the client to be cut off' });
  expect(client.text).toBe('');
});

test('a limit of connections that is lowered later lets new ones take the place of idle ones', async () => {
  await using gateway = await startGateway({ upstreams: [answering(ok)] });
  using first = await RawClient.connect(gateway.port);
  using second = await RawClient.connect(gateway.port);
  await until(() => gateway.server.stats.connections === 2, { what: 'both connections' });
  gateway.server.mostConnections = 1;
  using third = await RawClient.connect(gateway.port);
  await until(() => first.hasEnded || second.hasEnded, { what: 'the end of an idle one' });
  await third.send(request);
  await third.untilText('\r\n\r\nok');
});
