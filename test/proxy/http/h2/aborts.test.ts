import { constants } from 'node:http2';
import { expect, test } from 'vitest';
import { answering, ok, startGateway, type Gateway } from '../support/gateway.ts';
import { until } from '../../../support/until.ts';
import { FrameClient } from './support/frame-client.ts';
import {
  endHeaders,
  frame,
  FrameType,
  headers,
  postFields,
  rstStream,
  windowUpdate,
} from './support/frames.ts';
import { answerOn, H2Client } from './support/h2-client.ts';

const requestCame = (gateway: Gateway) =>
  until(() => gateway.upstreams[0]?.received[0], { what: 'the request to arrive' });

async function outcome(gateway: Gateway): Promise<unknown> {
  await until(() => gateway.outcomes.length > 0, { what: 'the outcome' });
  await until(() => gateway.open === 0, { what: 'the attempt to be closed' });
  return gateway.outcomes;
}

test.for(['GET', 'HEAD'])('a %s that is reset before its response is abandoned', async (method) => {
  await using gateway = await startGateway({ upstreams: [() => {}], http2: true });
  using client = await H2Client.connect(gateway.port);
  const stream = client.open({ ':method': method });
  await requestCame(gateway);
  stream.close(constants.NGHTTP2_CANCEL);
  expect(await outcome(gateway)).toMatchObject([{ kind: 'abandoned' }]);
  await until(() => gateway.upstreams[0]?.sockets[0]?.readableEnded, {
    what: 'the member to learn',
  });
});

test('a response that is reset in its body, while the member is silent, is abandoned', async () => {
  const part = 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart';
  await using gateway = await startGateway({
    upstreams: [(socket) => socket.once('data', () => socket.write(part))],
    http2: true,
  });
  using client = await H2Client.connect(gateway.port);
  const stream = client.open();
  stream.once('data', () => stream.close(constants.NGHTTP2_CANCEL));
  expect(await outcome(gateway)).toMatchObject([{ kind: 'abandoned' }]);
});

test('a client that closes its connection abandons all of its requests', async () => {
  await using gateway = await startGateway({ upstreams: [() => {}], http2: true });
  const client = await H2Client.connect(gateway.port);
  for (let index = 0; index < 3; index += 1) client.open();
  await until(() => gateway.upstreams[0]?.received.filter(Boolean).length === 3);
  client.session.destroy();
  await until(() => gateway.outcomes.length === 3);
  expect(gateway.outcomes.map(({ kind }) => kind)).toEqual(Array(3).fill('abandoned'));
  await until(() => gateway.server.stats.connections === 0);
});

test.for([0x0, 0x8])(
  'an upload that is reset with %i is cut off, and never looks whole',
  async (code) => {
    await using gateway = await startGateway({ upstreams: [() => {}], http2: true });
    using client = await FrameClient.connect(gateway.port);
    client.send(
      headers(1, postFields, endHeaders),
      frame(FrameType.data, 0, 1, Buffer.from('part')),
    );
    await until(() => gateway.upstreams[0]?.received[0]?.includes('part'));
    client.send(rstStream(1, code));
    expect(await outcome(gateway)).toMatchObject([{ kind: 'client-gone' }]);
    expect(gateway.upstreams[0]?.received[0]).not.toContain('0\r\n\r\n');
  },
);

test('a response that comes before the end of the upload ends the upload without an error', async () => {
  await using gateway = await startGateway({ upstreams: [answering(ok)], http2: true });
  using client = await FrameClient.connect(gateway.port);
  client.send(headers(1, postFields, endHeaders));
  expect((await client.frame(FrameType.data, 1)).payload.toString()).toBe('ok');
  expect(await client.reset(1)).toBe(0);
  client.send(headers(3));
  expect((await client.frame(FrameType.data, 3)).payload.toString()).toBe('ok');
});

test('an upload that is silent for too long is refused with 408', async () => {
  await using gateway = await startGateway({
    upstreams: [() => {}],
    http2: true,
    limits: { bodyTimeoutMs: 200 },
  });
  using client = await H2Client.connect(gateway.port);
  const stream = client.open({ ':method': 'POST' }, false);
  stream.write('part');
  expect((await answerOn(stream)).status).toBe(408);
  expect(gateway.refusals).toEqual(['slow-body']);
});

test('a client that reads nothing of a response is cut off, and the others are served', async () => {
  const size = 1_048_576;
  const response = `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n${'a'.repeat(size)}`;
  await using gateway = await startGateway({
    upstreams: [answering(response)],
    http2: true,
    limits: { clientStallTimeoutMs: 300 },
  });
  using client = await FrameClient.connect(gateway.port);
  client.send(headers(1));
  expect(await client.reset(1)).toBe(0x2);
  expect(gateway.refusals).toEqual(['slow-reader']);
  expect(await outcome(gateway)).toMatchObject([{ kind: 'client-gone' }]);
  client.send(windowUpdate(0, size), headers(3));
  await client.frame(FrameType.data, 3);
});

test('the end of a response that nobody reads does not hold the stream for ever', async () => {
  const response = `HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n${'a'.repeat(70_000)}`;
  await using gateway = await startGateway({
    upstreams: [answering(response)],
    http2: true,
    limits: { clientStallTimeoutMs: 300 },
  });
  using client = await FrameClient.connect(gateway.port);
  client.send(headers(1));
  expect(await client.reset(1)).toBe(0x2);
  expect(gateway.outcomes).toMatchObject([{ kind: 'answered' }]);
});

test('a member that reads nothing stops the client of an upload', async () => {
  await using gateway = await startGateway({
    upstreams: [(socket) => socket.pause()],
    http2: true,
  });
  using client = await H2Client.connect(gateway.port);
  const stream = client.open({ ':method': 'POST' }, false);
  stream.write(Buffer.alloc(64 * 1_048_576));
  // What the member's sockets, the proxy and the windows hold is a fraction of it.
  const written = () => client.session.state.outboundQueueSize ?? 0;
  let before = -1;
  await until(
    () => {
      const now = stream.writableLength + written();
      const isStill = now === before && now > 0;
      before = now;
      return isStill;
    },
    { everyMs: 300 },
  );
  expect(stream.writableLength).toBeGreaterThan(0);
  stream.close(constants.NGHTTP2_CANCEL);
  await until(() => gateway.open === 0);
});

test('an upload through a new connection, a kept one and a retry arrives whole each time', async () => {
  const body = 'b'.repeat(300_000);
  await using gateway = await startGateway({
    upstreams: [
      (socket) => {
        let length = 0;
        socket.on('data', (bytes) => {
          length += bytes.length;
          if (length > body.length) {
            length = 0;
            socket.write(ok);
          }
        });
      },
    ],
    http2: true,
  });
  using client = await H2Client.connect(gateway.port);
  for (let time = 0; time < 3; time += 1) {
    const fields = { ':method': 'POST', 'content-length': body.length };
    expect(await client.ask(fields, body)).toMatchObject({ status: 200 });
  }
  expect(gateway.upstreams[0]?.received[0]?.split('b').length).toBeGreaterThan(3 * body.length);
  expect(gateway.upstreams[0]?.sockets).toHaveLength(1);
});
