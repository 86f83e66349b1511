import { expect, test } from 'vitest';
import { answering, ok, startGateway } from '../support/gateway.ts';
import { until } from '../../../support/until.ts';
import { FrameClient } from './support/frame-client.ts';
import {
  endHeaders,
  endStream,
  frame,
  FrameType,
  headers,
  postFields,
  rstStream,
  settings,
  windowUpdate,
} from './support/frames.ts';

const initialWindow = 0x4;
const defaultWindow = 65_535;
const part = frame(FrameType.data, 0, 1, Buffer.alloc(16_000));

function partOn(stream: number, flags = 0): Buffer {
  const copy = Buffer.from(part);
  copy[4] = flags;
  copy.writeUInt32BE(stream, 5);
  return copy;
}

function large(size: number): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n${'a'.repeat(size)}`;
}

/** Bytes of bodies that have come on a stream, or on all. */
function bytesOn(client: FrameClient, stream?: number): number {
  const frames = client.received(FrameType.data, stream);
  return frames.reduce((sum, { payload }) => sum + payload.length, 0);
}

test('a request that comes byte by byte is served', async () => {
  await using gateway = await startGateway({
    upstreams: [
      (socket) =>
        socket.on('data', () => {
          if (gateway.upstreams[0]?.received[0]?.endsWith('0\r\n\r\n') === true) socket.write(ok);
        }),
    ],
    http2: true,
  });
  using client = await FrameClient.connect(gateway.port);
  const body = frame(FrameType.data, endStream, 1, Buffer.from('hello'));
  for (const byte of Buffer.concat([headers(1, postFields, endHeaders), body])) {
    client.send(Buffer.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect((await client.frame(FrameType.data, 1)).payload.toString()).toBe('ok');
  expect(gateway.upstreams[0]?.received[0]).toMatch(/h\r\n.*o\r\n0\r\n\r\n$/s);
});

test('RFC 9113 6.9.1: responses share the window of the connection, and go on when it grows', async () => {
  await using gateway = await startGateway({ upstreams: [answering(large(60_000))], http2: true });
  using client = await FrameClient.connect(gateway.port);
  client.send(headers(1), headers(3), headers(5));
  await until(() => bytesOn(client) === defaultWindow);
  client.send(windowUpdate(0, 50_000));
  await until(() => bytesOn(client) === defaultWindow + 50_000);
  client.send(windowUpdate(0, 64_465));
  await until(() => [1, 3, 5].every((stream) => bytesOn(client, stream) === 60_000));
  const ends = client.received(FrameType.data).filter(({ flags }) => (flags & endStream) !== 0);
  expect(ends.map(({ stream }) => stream).toSorted()).toEqual([1, 3, 5]);
  await until(() => gateway.open === 0);
});

test('RFC 9113 6.9.2: a window that becomes negative is made up for first', async () => {
  await using gateway = await startGateway({ upstreams: [answering(large(40_000))], http2: true });
  using client = await FrameClient.connect(gateway.port, initialWindow, 30_000);
  client.send(headers(1));
  await until(() => bytesOn(client) === 30_000);
  client.send(settings(initialWindow, 10_000), windowUpdate(1, 19_999));
  await until(() => client.received(FrameType.settings).length === 3);
  expect(bytesOn(client)).toBe(30_000);
  client.send(windowUpdate(1, 2));
  await until(() => bytesOn(client) === 30_001);
  client.send(settings(initialWindow, 20_000));
  await until(() => bytesOn(client) === 40_000);
});

test('an empty body needs no window', async () => {
  const empty = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
  await using gateway = await startGateway({ upstreams: [answering(empty)], http2: true });
  using client = await FrameClient.connect(gateway.port, initialWindow, 0);
  client.send(headers(1));
  await until(() =>
    [FrameType.data, FrameType.headers].some((type) =>
      client.received(type, 1).some(({ flags }) => (flags & endStream) !== 0),
    ),
  );
});

test('the window of the connection comes back from uploads that are refused, cancelled or unread', async () => {
  await using gateway = await startGateway({
    upstreams: [(socket) => socket.pause()],
    http2: true,
    limits: { bodyBytes: 100_000 },
  });
  using client = await FrameClient.connect(gateway.port);
  const bytes = 4 * 16_000;
  let sent = 0;
  // Five times what the connection may send before it gets anything back.
  for (let stream = 1; stream < 170; stream += 2) {
    const length = stream % 4 === 1 ? '200000' : '90000';
    const fields = [...postFields, ['content-length', length] as const];
    const parts = Array.from({ length: 4 }, () => partOn(stream));
    client.send(headers(stream, fields, endHeaders), ...parts, rstStream(stream));
    sent += bytes;
    await until(() => windowOf(client) - sent > bytes, { what: 'room for the next upload' });
  }
  expect(client.received(FrameType.goaway)).toEqual([]);
});

/** Bytes of bodies that the connection was allowed to send so far. */
function windowOf(client: FrameClient): number {
  const updates = client.received(FrameType.windowUpdate, 0);
  return updates.reduce((sum, { payload }) => sum + payload.readUInt32BE(0), defaultWindow);
}

test('a client that sends beyond the window of a stream has it reset', async () => {
  await using gateway = await startGateway({
    upstreams: [(socket) => socket.pause()],
    http2: true,
  });
  using client = await FrameClient.connect(gateway.port);
  client.send(headers(1, postFields, endHeaders));
  await until(() => gateway.upstreams[0]?.sockets.length === 1);
  await until(
    () => {
      if (client.raw.socket.writableLength < 100_000) client.send(partOn(1));
      return client.received(FrameType.rstStream, 1).length > 0;
    },
    { what: 'the stream to be reset', everyMs: 0 },
  );
  expect(await client.reset(1)).toBe(0x3);
});

test('RFC 9113 6.5.3: what new settings allow comes after the answer to them', async () => {
  await using gateway = await startGateway({ upstreams: [answering(large(9))], http2: true });
  using client = await FrameClient.connect(gateway.port, initialWindow, 1);
  client.send(headers(1));
  await until(() => bytesOn(client) === 1);
  // The last one counts.
  client.send(settings(initialWindow, 3, initialWindow, 9));
  await until(() => bytesOn(client) === 9);
  const types = client.frames.map(({ type }) => type);
  expect(types.slice(-2)).toEqual([FrameType.settings, FrameType.data]);
});

test('an upload waits for no other one whose member is slow', async () => {
  await using gateway = await startGateway({
    upstreams: [
      (socket, index) => (index < 20 ? socket.pause() : socket.on('data', () => socket.write(ok))),
    ],
    http2: true,
  });
  using client = await FrameClient.connect(gateway.port);
  for (let stream = 1; stream < 40; stream += 2) {
    client.send(headers(stream, postFields, endHeaders));
    client.send(...Array.from({ length: 4 }, () => partOn(stream)));
  }
  await until(() => gateway.upstreams[0]?.sockets.length === 20);
  client.send(headers(41, postFields, endHeaders), partOn(41, endStream));
  expect((await client.frame(FrameType.data, 41)).payload.toString()).toBe('ok');
});

test('a stream that waits for its turn on a slow connection is no slow reader', async () => {
  await using gateway = await startGateway({
    upstreams: [answering(large(400_000))],
    http2: true,
    limits: { clientStallTimeoutMs: 1_000 },
  });
  using client = await FrameClient.connect(gateway.port, initialWindow, 400_000);
  client.send(headers(1), headers(3), headers(5));
  // Windows of the connection that let one response go on at a time, for longer than the limit.
  const start = performance.now();
  await until(
    () => {
      client.send(windowUpdate(0, 1_000));
      return performance.now() - start > 3_000;
    },
    { everyMs: 100 },
  );
  expect(gateway.refusals).toEqual([]);
  client.send(windowUpdate(0, 2_000_000));
  await until(() => bytesOn(client) === 1_200_000);
});
