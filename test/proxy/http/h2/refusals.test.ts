import { expect, test } from 'vitest';
import { refusals, type RefusalCause } from '../../../../runtime/proxy/http/message/refusal.ts';
import { answering, ok, startGateway } from '../support/gateway.ts';
import { testLimits } from '../support/refused-request.ts';
import { until } from '../../../support/until.ts';
import { FrameClient } from './support/frame-client.ts';
import { endHeaders, endStream, frame, FrameType, getFields, headers } from './support/frames.ts';
import { H2Client } from './support/h2-client.ts';

type Fields = readonly (readonly [string, string])[];

/** Fields of a GET with some replaced, left out (undefined) or added. */
function fields(changes: Readonly<Record<string, string | undefined>>): Fields {
  const all = { ...Object.fromEntries(getFields), ...changes };
  return Object.entries(all).filter((one): one is [string, string] => one[1] !== undefined);
}

const nine = Array.from({ length: 9 }, () => ['x', 'y'] as const);

const answered: readonly (readonly [string, RefusalCause, Fields])[] = [
  ['CONNECT', 'method', fields({ ':method': 'CONNECT', ':path': undefined, ':scheme': undefined })],
  ['TRACE', 'method', fields({ ':method': 'TRACE' })],
  ['a scheme that is none of the web', 'target', fields({ ':scheme': 'gopher', ':path': '/' })],
  ['a path in absolute form', 'target', fields({ ':scheme': 'ftp', ':path': 'http://b/' })],
  ['an asterisk without OPTIONS', 'target', fields({ ':scheme': 'ftp', ':path': '*' })],
  ['a path with a fragment', 'target', fields({ ':path': '/a#b' })],
  ['a long path', 'target-too-long', fields({ ':path': `/${'a'.repeat(300)}` })],
  ['an authority and a Host that differ', 'host-repeated', fields({ host: 'b' })],
  ['a list of authorities', 'host-invalid', fields({ ':authority': 'a,b' })],
  ['an expectation that is unknown', 'expectation', fields({ expect: 'miracles' })],
  ['a large head', 'head-too-large', fields({ x: 'a'.repeat(700) })],
  ['many fields', 'head-too-large', [...fields({}), ...nine]],
];

test.for(answered)('%s is refused with %s', async ([, cause, list]) => {
  await using gateway = await startGateway({
    upstreams: [answering(ok)],
    http2: true,
    limits: testLimits,
  });
  using client = await FrameClient.connect(gateway.port);
  client.send(headers(1, list));
  const { flags, payload } = await client.frame(FrameType.data, 1);
  expect(payload.toString('latin1')).toBe(`${refusals[cause][1]}.\n`);
  expect(flags & 1).toBe(1);
  expect(gateway.refusals).toEqual([cause]);
  // The connection still serves others.
  client.send(headers(3));
  expect((await client.frame(FrameType.data, 3)).payload.toString()).toBe('ok');
  expect(gateway.upstreams[0]?.received).toHaveLength(1);
});

test.for([
  ['fields', 100, 'x'],
  ['fields', 210, 'x'],
  ['fields', 2_000, 'x'],
  ['cookies', 2_000, 'cookie'],
] as const)('too many %s, %i, are refused and counted, not cut off', async ([, count, name]) => {
  await using gateway = await startGateway({ upstreams: [answering(ok)], http2: true });
  using client = await H2Client.connect(gateway.port);
  const many = Array.from({ length: count }, (_, index) => [name, `value${index}`]);
  expect(await client.ask(many.flat())).toMatchObject({ status: 431, code: 0 });
  expect(gateway.refusals).toEqual(['head-too-large']);
});

const enhanceYourCalm = 11;
const shortCookies = Array.from({ length: 3_000 }, () => ['cookie', 'a=1']).flat();

test('streams that are reset for their many short cookies are counted', async () => {
  await using gateway = await startGateway({ upstreams: [answering(ok)], http2: true });
  using client = await H2Client.connect(gateway.port);
  for (let time = 0; time < 3; time += 1) {
    expect(await client.ask(shortCookies)).toMatchObject({ status: 0, code: enhanceYourCalm });
  }
  expect(gateway.refusals).toEqual(['http2-stream', 'http2-stream', 'http2-stream']);
  expect(await client.ask()).toMatchObject({ status: 200 });
});

test('a client that begins with a later stream, or ends without one, has none refused', async () => {
  await using gateway = await startGateway({ upstreams: [answering(ok)], http2: true });
  using client = await FrameClient.connect(gateway.port);
  client.send(headers(15));
  expect((await client.frame(FrameType.data, 15)).payload.toString()).toBe('ok');
  const idle = await H2Client.connect(gateway.port);
  idle.session.close();
  client.send(headers(17));
  expect((await client.frame(FrameType.data, 17)).payload.toString()).toBe('ok');
  expect(gateway.refusals).toEqual([]);
});

/** Malformed (RFC 9113 section 8.1.1): a stream error of type PROTOCOL_ERROR. */
const malformed: readonly (readonly [string, Fields])[] = [
  ['Connection', fields({ connection: 'close' })],
  ['Keep-Alive', fields({ 'keep-alive': 'timeout=5' })],
  ['Proxy-Connection', fields({ 'proxy-connection': 'keep-alive' })],
  ['Transfer-Encoding', fields({ 'transfer-encoding': 'chunked' })],
  ['Upgrade', fields({ upgrade: 'websocket' })],
  ['TE with a coding', fields({ te: 'gzip' })],
  ['a name in upper case', fields({ Accept: '*/*' })],
  ['two Hosts', [...fields({}), ['host', 'a'], ['host', 'a']]],
  ['an authority with user information', fields({ ':authority': 'me@a' })],
  ['no method', fields({ ':method': undefined })],
  ['no path', fields({ ':path': undefined })],
  ['an empty path', fields({ ':path': '' })],
  ['no scheme', fields({ ':scheme': undefined })],
  ['an unknown pseudo-field', fields({ ':what': 'x' })],
  ['a pseudo-field of a response', fields({ ':status': '200' })],
  ['a pseudo-field after another field', [['x', 'y'], ...fields({})]],
  ['a pseudo-field twice', [...fields({}), [':path', '/']]],
  ['a method with the end of a line', fields({ ':method': 'GET / HTTP/1.1\r\nx: y' })],
  ['a path with the end of a line', fields({ ':path': '/ HTTP/1.1\r\nx: y' })],
  ['a length that is no number', fields({ 'content-length': 'x' })],
  ['a length without a body', fields({ 'content-length': '5' })],
  ['two lengths', [...fields({ 'content-length': '0' }), ['content-length', '1']]],
  ['a name with a space', fields({ 'a b': 'c' })],
  ['an empty name', fields({ '': 'c' })],
  ['a value with the end of a line', fields({ x: 'a\r\nSmuggled: b' })],
  ['a value with a NUL', fields({ x: 'a\0b' })],
  ['extended CONNECT', fields({ ':method': 'CONNECT', ':protocol': 'websocket' })],
];

test.for(malformed)('a request with %s never reaches a member', async ([, list]) => {
  await using gateway = await startGateway({ upstreams: [answering(ok)], http2: true });
  using client = await FrameClient.connect(gateway.port);
  client.send(headers(1, list));
  expect(await client.reset(1)).toBe(0x1);
  expect(gateway.upstreams[0]?.received).toEqual([]);
  expect(gateway.refusals).toEqual(['http2-stream']);
});

test('a body that is longer than its declared length ends its stream only, and the member is cut off', async () => {
  await using gateway = await startGateway({ upstreams: [() => {}], http2: true });
  using client = await FrameClient.connect(gateway.port);
  client.send(headers(1, fields({ ':method': 'POST', 'content-length': '2' }), endHeaders));
  await until(() => gateway.upstreams[0]?.received[0]);
  client.send(frame(FrameType.data, 0, 1, Buffer.from('abc')), headers(3));
  expect(await client.reset(1)).toBe(0x1);
  await until(() => gateway.open === 1, { what: 'the attempt to be closed' });
  expect(gateway.upstreams[0]?.received[0]).not.toContain('abc');
  expect(gateway.refusals).toEqual(['http2-stream']);
});

test('a body that is shorter than its declared length ends its stream only', async () => {
  await using gateway = await startGateway({ upstreams: [answering(ok)], http2: true });
  using client = await FrameClient.connect(gateway.port);
  client.send(headers(1, fields({ ':method': 'POST', 'content-length': '2' }), endHeaders));
  client.send(frame(FrameType.data, endStream, 1, Buffer.from('a')));
  expect(await client.reset(1)).toBe(0x1);
  client.send(headers(3));
  expect((await client.frame(FrameType.data, 3)).payload.toString()).toBe('ok');
});

test('a body that is too large is refused, declared or not', async () => {
  await using gateway = await startGateway({
    upstreams: [() => {}],
    http2: true,
    limits: testLimits,
  });
  using client = await H2Client.connect(gateway.port);
  const post = { ':method': 'POST' };
  const declared = await client.ask({ ...post, 'content-length': 2_000 }, 'a'.repeat(2_000));
  const undeclared = await client.ask(post, 'a'.repeat(2_000));
  expect([declared.status, undeclared.status]).toEqual([413, 413]);
  expect(gateway.refusals).toEqual(['body-too-large', 'body-too-large']);
});

test('a request that no member can take is refused with Retry-After', async () => {
  await using gateway = await startGateway({ upstreams: [], http2: true });
  using client = await H2Client.connect(gateway.port);
  const { status, headers: answer } = await client.ask();
  expect([status, answer['retry-after']]).toEqual([503, '7']);
});

test('a refusal of HEAD has no body', async () => {
  await using gateway = await startGateway({ upstreams: [], http2: true });
  using client = await H2Client.connect(gateway.port);
  const { status, body } = await client.ask({ ':method': 'HEAD' });
  expect([status, body]).toEqual([503, '']);
});
