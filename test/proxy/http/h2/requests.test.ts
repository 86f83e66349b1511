import { expect, test } from 'vitest';
import { answering, ok, startGateway, type GatewayOptions } from '../support/gateway.ts';
import { bodyOf, dechunked, fieldsOf } from '../support/messages.ts';
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
  postFields,
} from './support/frames.ts';
import { H2Client } from './support/h2-client.ts';

/** Sends a request by HTTP/2. @returns the text that the member got. */
async function forwarded(
  fields: Parameters<H2Client['ask']>[0],
  { body, ...options }: Partial<GatewayOptions> & { readonly body?: string } = {},
): Promise<string> {
  await using gateway = await startGateway({ upstreams: [answering(ok)], http2: true, ...options });
  using client = await H2Client.connect(gateway.port);
  const { status } = await client.ask(fields, body);
  expect(status).toBe(200);
  return gateway.upstreams[0]?.received[0] ?? '';
}

test('a GET is forwarded as HTTP/1.1, with the fields of a forwarder', async () => {
  const received = await forwarded({
    ':path': '/path?q=1',
    ':authority': 'shop.example',
    accept: '*/*',
  });
  expect(received).toBe(
    'GET /path?q=1 HTTP/1.1\r\nHost: shop.example\r\naccept: */*\r\n' +
      'X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n' +
      'Forwarded: for=127.0.0.1;proto=http;host="shop.example"\r\n' +
      'X-Forwarded-Host: shop.example\r\nVia: 2.0 perch\r\n\r\n',
  );
});

test('RFC 9113 8.2.3: cookies that came as several fields are joined to one', async () => {
  const fields = fieldsOf(await forwarded(['cookie', 'a=1', 'x', 'y', 'cookie', 'b=2']));
  expect(fields.get('cookie')).toEqual(['a=1; b=2']);
});

test.for([110, 600, 1_500])(
  'RFC 9113 8.2.3: %i cookies pass as they do in one field',
  async (count) => {
    const cookies = Array.from({ length: count }, (_, index) => `c${index}=1`);
    const fields = fieldsOf(await forwarded(cookies.flatMap((cookie) => ['cookie', cookie])));
    expect(fields.get('cookie')).toEqual([cookies.join('; ')]);
  },
);

test('RFC 9113 8.3.1: Host stands for an authority that is missing, or repeats it', async () => {
  await using gateway = await startGateway({ upstreams: [answering(ok)], http2: true });
  using client = await FrameClient.connect(gateway.port);
  const others = getFields.filter(([name]) => name !== ':authority');
  client.send(headers(1, [...others, ['host', 'b.example']]));
  await client.frame(FrameType.data, 1);
  client.send(headers(3, [...getFields, ['host', 'A']]));
  await client.frame(FrameType.data, 3);
  const received = gateway.upstreams[0]?.received[0] ?? '';
  expect(received.match(/^host: .*$/gim)).toEqual(['Host: b.example', 'Host: a']);
});

test('what an unknown client claims about itself is overwritten', async () => {
  const claims = { 'x-forwarded-for': '1.1.1.1', 'x-real-ip': '1.1.1.1', forwarded: 'for=1.1.1.1' };
  const received = await forwarded(claims);
  expect(received).not.toContain('1.1.1.1');
});

test('a trusted proxy is believed, and added to its list', async () => {
  const claims = { 'x-forwarded-for': '1.1.1.1', 'x-forwarded-proto': 'https' };
  const fields = fieldsOf(await forwarded(claims, { trustedProxies: ['127.0.0.1'] }));
  expect(fields.get('x-forwarded-for')).toEqual(['1.1.1.1, 127.0.0.1']);
  expect(fields.get('x-forwarded-proto')).toEqual(['https']);
});

test('TE and private fields are not forwarded', async () => {
  const options = { privateRequestFields: ['perch-track'] };
  const received = await forwarded({ te: 'trailers', 'perch-track': 'canary' }, options);
  expect(received).not.toMatch(/^(te|perch-track):/im);
});

test('bytes outside of ASCII in a value are forwarded as they came', async () => {
  const fields = fieldsOf(await forwarded({ 'x-name': 'J\u00fcrgen' }));
  expect(fields.get('x-name')).toEqual(['J\u00fcrgen']);
});

test('a body with a length is forwarded with it', async () => {
  const received = await forwarded({ ':method': 'POST', 'content-length': 5 }, { body: 'hello' });
  expect(fieldsOf(received).get('content-length')).toEqual(['5']);
  expect(bodyOf(received)).toBe('hello');
});

test('a body without a length is forwarded in chunks, and its trailers are dropped', async () => {
  await using gateway = await startGateway({ upstreams: [answering(ok)], http2: true });
  using client = await FrameClient.connect(gateway.port);
  client.send(
    headers(1, postFields, endHeaders),
    frame(FrameType.data, 0, 1, Buffer.from('hello')),
  );
  client.send(frame(FrameType.headers, endStream | endHeaders, 1, block([['x-sum', '1']])));
  await until(() => gateway.upstreams[0]?.received[0]?.endsWith('0\r\n\r\n'));
  const received = gateway.upstreams[0]?.received[0] ?? '';
  expect(fieldsOf(received).get('transfer-encoding')).toEqual(['chunked']);
  expect(dechunked(bodyOf(received))).toBe('hello');
  expect(received).not.toContain('x-sum');
});

test('a body that turns out to be empty is forwarded as one', async () => {
  await using gateway = await startGateway({ upstreams: [answering(ok)], http2: true });
  using client = await FrameClient.connect(gateway.port);
  client.send(headers(1, getFields, endHeaders), frame(FrameType.data, endStream, 1));
  await client.frame(FrameType.data, 1);
  expect(gateway.upstreams[0]?.received[0]).toMatch(/\r\n\r\n0\r\n\r\n$/);
});

test('a client that expects 100 gets it from the member, and then sends its body', async () => {
  await using gateway = await startGateway({
    upstreams: [
      (socket) => {
        socket.once('data', () => socket.write('HTTP/1.1 100 Continue\r\n\r\n'));
        socket.on('data', (bytes) => {
          if (bytes.toString('latin1').endsWith('hello')) socket.write(ok);
        });
      },
    ],
    http2: true,
  });
  using client = await H2Client.connect(gateway.port);
  const fields = { ':method': 'POST', expect: '100-continue', 'content-length': 5 };
  const stream = client.open(fields, false);
  const { promise: answered, resolve } = Promise.withResolvers<unknown>();
  stream.on('response', (response) => resolve(response[':status']));
  stream.on('continue', () => stream.end('hello'));
  expect(await answered).toBe(200);
  expect(gateway.upstreams[0]?.received[0]).toMatch(/expect: 100-continue/i);
});

test('many requests of one connection share the connections to the member', async () => {
  await using gateway = await startGateway({ upstreams: [answering(ok)], http2: true });
  using client = await H2Client.connect(gateway.port);
  for (let round = 0; round < 20; round += 1) {
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.ask()));
    expect(answers.map(({ status, body }) => `${status} ${body}`)).toEqual(
      Array(20).fill('200 ok'),
    );
  }
  expect(gateway.upstreams[0]?.sockets.length).toBeLessThanOrEqual(20);
  expect(gateway.outcomes).toHaveLength(400);
});
