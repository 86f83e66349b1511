import { afterEach, beforeEach, expect, test } from 'vitest';
import { mostStreams } from '../../../../runtime/proxy/http/h2/http2-limits.ts';
import { answering, ok, startGateway, type Gateway } from '../support/gateway.ts';
import { until } from '../../../support/until.ts';
import { FrameClient } from './support/frame-client.ts';
import {
  block,
  endHeaders,
  endStream,
  frame,
  FrameType,
  getFields,
  headers,
  rstStream,
  settings,
  windowUpdate,
} from './support/frames.ts';
import { H2Client } from './support/h2-client.ts';

const enhanceYourCalm = 0xb;

let gateway: Gateway;
let other: H2Client;

beforeEach(async () => {
  gateway = await startGateway({ upstreams: [answering(ok)], http2: true });
  other = await H2Client.connect(gateway.port);
});

afterEach(async () => {
  other[Symbol.dispose]();
  await gateway[Symbol.asyncDispose]();
});

/** Expects that another client is served, and that what the attack has begun comes to an end. */
async function expectOthersServed(): Promise<void> {
  expect(await other.ask()).toMatchObject({ status: 200, body: 'ok' });
  await until(() => gateway.open === 0, { what: 'all attempts to be closed' });
}

/** Sends again and again until the connection is closed. @returns how often. */
async function flood(client: FrameClient, part: (round: number) => Buffer): Promise<number> {
  let round = 0;
  await until(
    () => {
      if (!client.raw.hasClosed) client.send(part(round++));
      return client.raw.hasEnded;
    },
    { what: 'the connection to be closed', everyMs: 0, timeoutMs: 30_000 },
  );
  return round;
}

test('CVE-2023-44487: streams that are reset at once end the connection', async () => {
  using client = await FrameClient.connect(gateway.port);
  const rounds = await flood(client, (round) => {
    const ids = Array.from({ length: 20 }, (_, index) => 2 * (20 * round + index) + 1);
    return Buffer.concat(ids.flatMap((id) => [headers(id), rstStream(id)]));
  });
  expect(rounds).toBeLessThan(200);
  expect(gateway.refusals).toContain('http2-protocol');
  await expectOthersServed();
});

test('CVE-2025-8671: streams that the client makes the server reset end the connection', async () => {
  using client = await FrameClient.connect(gateway.port);
  await flood(client, (round) => {
    const ids = Array.from({ length: 20 }, (_, index) => 2 * (20 * round + index) + 1);
    // A window that does not grow is an error of the stream.
    return Buffer.concat(ids.flatMap((id) => [headers(id), windowUpdate(id, 0)]));
  });
  await expectOthersServed();
});

test('CVE-2024-27316: a head that goes on for ever ends the connection', async () => {
  using client = await FrameClient.connect(gateway.port);
  client.send(frame(FrameType.headers, endStream, 1, block(getFields)));
  const part = block([['x', 'a'.repeat(1_000)]]);
  await flood(client, () => frame(FrameType.continuation, 0, 1, part));
  await expectOthersServed();
});

test('a head without an end is given up in time', async () => {
  await using own = await startGateway({
    upstreams: [],
    http2: true,
    limits: { headTimeoutMs: 200, lingerTimeoutMs: 100 },
  });
  using client = await FrameClient.connect(own.port);
  client.send(frame(FrameType.headers, endStream, 1, block(getFields)));
  await client.untilClosed();
  await until(() => own.server.stats.connections === 0);
  expect(own.refusals).toEqual(['slow-head']);
});

test.for([
  ['SETTINGS', () => settings(0x4, 65_535)],
  ['PING', () => frame(FrameType.ping, 0, 0, Buffer.alloc(8))],
] as const)('a client that sends %s and reads no answer is closed', async ([, part]) => {
  using client = await FrameClient.connect(gateway.port);
  client.raw.socket.pause();
  const many = Buffer.concat(Array.from({ length: 1_000 }, part));
  let hasFailed = false;
  client.raw.socket.on('error', () => (hasFailed = true));
  await until(
    () => {
      if (!client.raw.hasClosed && client.raw.socket.writableLength < 1_000_000) client.send(many);
      return hasFailed || gateway.server.stats.connections === 1;
    },
    { what: 'the connection to be closed', everyMs: 0, timeoutMs: 30_000 },
  );
  await expectOthersServed();
});

test('PING and SETTINGS are answered, and others are served meanwhile', async () => {
  using client = await FrameClient.connect(gateway.port);
  client.send(...Array.from({ length: 200 }, () => frame(FrameType.ping, 0, 0, Buffer.alloc(8))));
  client.send(...Array.from({ length: 200 }, () => settings(0x4, 65_535)));
  await until(() => client.received(FrameType.ping).length === 200);
  await expectOthersServed();
});

test('CVE-2019-9518: empty parts of a body end the connection', async () => {
  await using own = await startGateway({ upstreams: [() => {}], http2: true });
  using client = await FrameClient.connect(own.port);
  client.send(headers(1, getFields, endHeaders));
  await flood(client, () =>
    Buffer.concat(Array.from({ length: 20 }, () => frame(FrameType.data, 0, 1))),
  );
  await expectOthersServed();
});

test('of 1,000 streams at once, the first are served and the rest are refused', async () => {
  await using own = await startGateway({ upstreams: [() => {}], http2: true });
  using client = await FrameClient.connect(own.port);
  client.send(...Array.from({ length: 1_000 }, (_, index) => headers(2 * index + 1)));
  await until(() => client.raw.hasEnded || client.received(FrameType.rstStream).length === 900);
  const begun = own.upstreams[0]?.received.length ?? 0;
  expect(begun).toBeLessThanOrEqual(mostStreams);
  expect(own.server.stats.connections).toBeLessThanOrEqual(1);
  await expectOthersServed();
});

test('a window of one byte costs a frame for each byte, and holds up nobody else', async () => {
  using client = await FrameClient.connect(gateway.port, 0x4, 1);
  client.send(headers(1));
  const first = await client.frame(FrameType.data, 1);
  expect(first.payload.toString()).toBe('o');
  await expectOthersServed();
  client.send(windowUpdate(1, 1));
  await until(() => client.received(FrameType.data, 1).some(({ flags }) => (flags & 1) === 1));
});

test('a list of fields that is far too large resets its stream only', async () => {
  using client = await FrameClient.connect(gateway.port);
  const fields: [string, string][] = Array.from({ length: 20 }, (_, index) => [
    `x-${index}`,
    'a'.repeat(6_500),
  ]);
  const whole = block([...getFields, ...fields]);
  client.send(frame(FrameType.headers, endStream, 1, whole.subarray(0, 16_000)));
  for (let at = 16_000; at < whole.length; at += 16_000) {
    const flags = at + 16_000 < whole.length ? 0 : endHeaders;
    client.send(frame(FrameType.continuation, flags, 1, whole.subarray(at, at + 16_000)));
  }
  expect(await client.reset(1)).toBe(enhanceYourCalm);
  client.send(headers(3));
  await client.frame(FrameType.data, 3);
  await expectOthersServed();
});

test('CVE-2016-1546: one byte that stands for a large field each time is no way around the limit', async () => {
  using client = await FrameClient.connect(gateway.port);
  // A literal that is indexed (RFC 7541 section 6.2.1), then the entry of the table many times.
  const large = Buffer.concat([Buffer.of(0x40), block([['x', 'a'.repeat(3_900)]]).subarray(1)]);
  const bomb = Buffer.concat([block(getFields), large, Buffer.alloc(10_000, 0x80 | 62)]);
  client.send(frame(FrameType.headers, endStream | endHeaders, 1, bomb));
  expect(await client.reset(1)).toBe(enhanceYourCalm);
  await expectOthersServed();
});
