import { expect, test } from 'vitest';
import type { Outcome } from '../../../../runtime/proxy/http/contract/handler.ts';
import { RawClient } from '../../../support/http/raw-client.ts';
import { until } from '../../../support/until.ts';
import { Forwarder } from '../support/forwarder.ts';
import { RawUpstream } from '../support/raw-upstream.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const post = 'POST / HTTP/1.1\r\nHost: a\r\n';
const chunkedHead = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

async function outcomeOf(forwarder: Forwarder): Promise<Outcome> {
  await until(() => forwarder.outcomes.length > 0, { what: 'the outcome' });
  expect(forwarder.outcomes).toHaveLength(1);
  const [outcome] = forwarder.outcomes;
  if (outcome === undefined) throw new Error('there is no outcome');
  return outcome;
}

/** Milliseconds that an abandoned attempt was waited for. */
async function waitOf(forwarder: Forwarder): Promise<number> {
  const outcome = await outcomeOf(forwarder);
  expect(outcome).toMatchObject({ kind: 'abandoned' });
  return outcome.durationMs;
}

/** Lets time pass, so that it shows which times are counted. @returns its milliseconds. */
async function pass(): Promise<number> {
  const from = performance.now();
  await until(() => performance.now() - from > 60);
  return performance.now() - from;
}

test('a client that goes away before the response abandons it after all of its wait', async () => {
  await using upstream = await RawUpstream.start(() => {});
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  const client = await RawClient.connect(forwarder.port);
  const sentAt = performance.now();
  await client.send(get);
  await until(() => upstream.requests.length === 1);
  const waitedMs = await pass();
  client.socket.destroy();
  const wait = await waitOf(forwarder);
  expect(wait).toBeGreaterThanOrEqual(waitedMs);
  expect(wait).toBeLessThanOrEqual(performance.now() - sentAt);
});

test('a client that ends its side, waits and goes away abandons its response', async () => {
  await using upstream = await RawUpstream.start(() => {});
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  const client = await RawClient.connect(forwarder.port);
  await client.send(get);
  client.socket.end();
  await until(() => client.received.length > 0);
  client.socket.resetAndDestroy();
  await waitOf(forwarder);
});

test('a client that goes away after its whole upload abandons its response', async () => {
  await using upstream = await RawUpstream.start(() => {});
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  const client = await RawClient.connect(forwarder.port);
  await client.send(`${post}Content-Length: 3\r\n\r\nabc`);
  await until(() => upstream.requests.length === 1);
  client.socket.destroy();
  await waitOf(forwarder);
});

test('a client that goes away while it waits for 100 Continue abandons its response', async () => {
  await using upstream = await RawUpstream.start(() => {});
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  const client = await RawClient.connect(forwarder.port);
  await client.send(`${post}Content-Length: 3\r\nExpect: 100-continue\r\n\r\n`);
  await until(() => upstream.connections[0]?.received.includes('\r\n\r\n'));
  client.socket.destroy();
  await waitOf(forwarder);
});

test('a client that goes away in a body that has stopped abandons it after the silence alone', async () => {
  await using upstream = await RawUpstream.start((_, { socket }) => {
    socket.write(`${chunkedHead}3\r\nabc\r\n`);
  });
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  const client = await RawClient.connect(forwarder.port);
  await client.send(get);
  await until(() => client.received.includes('abc'));
  await pass();
  const beforeLastAt = performance.now();
  upstream.connections[0]?.socket.write('3\r\ndef\r\n');
  await until(() => client.received.includes('def'));
  const silentMs = await pass();
  client.socket.destroy();
  const wait = await waitOf(forwarder);
  expect(wait).toBeGreaterThanOrEqual(silentMs);
  expect(wait).toBeLessThanOrEqual(performance.now() - beforeLastAt);
});

test('a client that goes away in a body keeps the wait for its head, if that was longer', async () => {
  await using upstream = await RawUpstream.start(() => {});
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  const client = await RawClient.connect(forwarder.port);
  await client.send(get);
  await until(() => upstream.requests.length === 1);
  const waitedMs = (await pass()) + (await pass());
  upstream.connections[0]?.socket.write(`${chunkedHead}3\r\nabc\r\n`);
  await until(() => client.received.includes('abc'));
  client.socket.destroy();
  expect(await waitOf(forwarder)).toBeGreaterThanOrEqual(waitedMs);
});

test('a client that goes away in its upload, which the upstream has read so far, is no sign', async () => {
  await using upstream = await RawUpstream.start();
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  const client = await RawClient.connect(forwarder.port);
  await client.send(`${post}Content-Length: 9\r\n\r\nabc`);
  await until(() => upstream.connections[0]?.received.includes('abc'));
  client.socket.destroy();
  expect(await outcomeOf(forwarder)).toMatchObject({ kind: 'client-gone' });
});

test('a client that ends its side in the middle of its upload is no sign', async () => {
  await using upstream = await RawUpstream.start();
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  using client = await RawClient.connect(forwarder.port);
  await client.send(`${post}Content-Length: 9\r\n\r\nabc`);
  client.socket.end();
  expect(await outcomeOf(forwarder)).toMatchObject({ kind: 'client-gone' });
});

test('a client that does not read its response and goes away is no sign', async () => {
  const part = Buffer.alloc(100_000);
  let partsSent = 0;
  await using upstream = await RawUpstream.start((_, { socket }) => {
    const sendPart = () =>
      socket.write(part, (error) => {
        partsSent += 1;
        if (error === undefined || error === null) sendPart();
      });
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n');
    sendPart();
  });
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  const client = await RawClient.connect(forwarder.port);
  client.socket.pause();
  await client.send(get);
  let last = 0;
  let pollsWithoutPart = 0;
  await until(
    () => {
      pollsWithoutPart = partsSent > 0 && partsSent === last ? pollsWithoutPart + 1 : 0;
      last = partsSent;
      return pollsWithoutPart === 5;
    },
    { what: 'the client to take no more', everyMs: 100 },
  );
  client.socket.resetAndDestroy();
  expect(await outcomeOf(forwarder)).toMatchObject({ kind: 'client-gone' });
});

test('a request that the end of a drain cuts off is no sign', async () => {
  await using upstream = await RawUpstream.start(() => {});
  await using forwarder = await Forwarder.start({ upstreams: [upstream.port] });
  using client = await RawClient.connect(forwarder.port);
  await client.send(get);
  await until(() => upstream.requests.length === 1);
  await forwarder.server.drain(0);
  await client.untilEnd();
  expect(await outcomeOf(forwarder)).toMatchObject({ kind: 'client-gone' });
  expect(forwarder.closed).toBe(1);
});
