import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { RawClient, roundTrip, type Answer } from '../../support/http/raw-client.ts';
import { startTlsProxy, type TlsProxy } from './support/tls-proxy.ts';

let started: TlsProxy;

beforeAll(async () => {
  started = await startTlsProxy({
    hosts: ['a.test', 'b.test'],
    document: { affinity: 'cookie' },
    args: '--host a.test --hsts 600 --trust-proxy 127.0.0.2'.split(' '),
  });
});
afterAll(() => started?.[Symbol.asyncDispose]());
afterEach(() => {
  started.member.respond = (_, response) => void response.end('stable-1');
  started.member.requests.length = 0;
});

async function secureAnswer(request: string, servername = 'a.test'): Promise<Answer> {
  using client = await RawClient.connectSecurely(started.proxy.tlsPort, { servername });
  await client.send(request);
  return await client.response(request.split(' ', 1)[0]);
}

async function plainAnswer(request: string, from?: string): Promise<Answer> {
  const port = Number(started.proxy.listening.split(':').at(-1));
  using client = await RawClient.connect(port, from);
  await client.send(request);
  return await client.response(request.split(' ', 1)[0]);
}

const get = (path: string, host: string, ...fields: string[]) =>
  [`GET ${path} HTTP/1.1`, `Host: ${host}`, ...fields, '', ''].join('\r\n');
const fieldOf = ({ fields }: Answer, name: string) =>
  fields.find(([field]) => field.toLowerCase() === name)?.[1];

test('a request by https reaches the member, which learns of https', async () => {
  const answer = await secureAnswer(get('/', 'a.test'));
  expect(answer.body.toString()).toBe('stable-1');
  expect(started.member.requests[0]?.headers).toMatchObject({
    'x-forwarded-proto': 'https',
    forwarded: 'for=127.0.0.1;proto=https;host="a.test"',
  });
});

test('the sticky cookie is Secure by https', async () => {
  expect(fieldOf(await secureAnswer(get('/', 'a.test')), 'set-cookie')).toContain('; Secure');
});

test('a client cannot claim another scheme by https', async () => {
  await secureAnswer(get('/', 'a.test', 'X-Forwarded-Proto: http'));
  expect(started.member.requests[0]?.headers).toMatchObject({ 'x-forwarded-proto': 'https' });
});

test('HSTS stands on answers by https for a host of the options, also on refusals', async () => {
  const name = 'strict-transport-security';
  expect(fieldOf(await secureAnswer(get('/', 'a.test')), name)).toBe('max-age=600');
  expect(fieldOf(await secureAnswer(get('/', 'a.test:1')), name)).toBe('max-age=600');
  expect(fieldOf(await secureAnswer('no request\r\n\r\n'), name)).toBe('max-age=600');
  expect(fieldOf(await secureAnswer('GET / HTTP/1.1\r\n\r\n'), name)).toBe('max-age=600');
  expect(fieldOf(await secureAnswer(get('/', 'b.test'), 'b.test'), name)).toBeUndefined();
  expect(fieldOf(await plainAnswer(get('/', 'b.test')), name)).toBeUndefined();
  expect(fieldOf(await plainAnswer('no request\r\n\r\n'), name)).toBeUndefined();
});

test("the application's own HSTS stays as it is", async () => {
  started.member.respond = (_, response) => {
    response.setHeader('Strict-Transport-Security', 'max-age=1; preload').end();
  };
  const { fields } = await secureAnswer(get('/', 'a.test'));
  const own = fields.filter(([name]) => name.toLowerCase() === 'strict-transport-security');
  expect(own).toEqual([['Strict-Transport-Security', 'max-age=1; preload']]);
});

test('a request by http is redirected with its path, its query and the port of https', async () => {
  const port = Number(started.proxy.listening.split(':').at(-1));
  const answer = await plainAnswer(get('/a%20b?c=d&e', `A.test:${port}`));
  expect(answer.status).toBe(308);
  const location = `https://a.test:${started.proxy.tlsPort}/a%20b?c=d&e`;
  expect(fieldOf(answer, 'location')).toBe(location);
  const published = await plainAnswer(get('/x', 'a.test'));
  expect(fieldOf(published, 'location')).toBe('https://a.test/x');
  expect(fieldOf(answer, 'strict-transport-security')).toBeUndefined();
  expect(started.member.requests).toEqual([]);
});

test('HEAD is redirected without a body, and POST keeps its method by 308', async () => {
  const head = await plainAnswer('HEAD /x HTTP/1.1\r\nHost: a.test\r\n\r\n');
  expect(head).toMatchObject({ status: 308, body: Buffer.alloc(0) });
  expect(fieldOf(head, 'location')).toMatch(/\/x$/);
  const post = await plainAnswer('POST /x HTTP/1.1\r\nHost: a.test\r\nContent-Length: 2\r\n\r\nhi');
  expect(post.status).toBe(308);
});

test('the connection stays open after a redirect', async () => {
  const port = Number(started.proxy.listening.split(':').at(-1));
  const text = await roundTrip(port, get('/1', 'a.test') + get('/2', 'a.test'));
  expect(text.match(/HTTP\/1.1 308/g)).toHaveLength(2);
});

test('the health path, challenges and hosts without TLS are not redirected', async () => {
  const challenge = '/.well-known/acme-challenge/token';
  for (const request of [
    get('/healthz', 'a.test'),
    get(challenge, 'a.test'),
    get('/', 'b.test'),
    get('/', '10.0.0.1'),
    'GET / HTTP/1.0\r\n\r\n',
  ]) {
    expect((await plainAnswer(request)).status).toBe(200);
  }
});

test('a trusted front that ended TLS is not redirected, and the member sees https', async () => {
  const answer = await plainAnswer(get('/', 'a.test', 'X-Forwarded-Proto: https'), '127.0.0.2');
  expect(answer.status).toBe(200);
  expect(started.member.requests[0]?.headers).toMatchObject({ 'x-forwarded-proto': 'https' });
  expect(fieldOf(answer, 'set-cookie')).toContain('; Secure');
  expect(fieldOf(answer, 'strict-transport-security')).toBe('max-age=600');
  const forwarded = get('/', 'a.test', 'Forwarded: for=1.2.3.4;proto=https');
  expect((await plainAnswer(forwarded, '127.0.0.2')).status).toBe(200);
  const byHttp = get('/', 'a.test', 'X-Forwarded-Proto: http');
  expect((await plainAnswer(byHttp, '127.0.0.2')).status).toBe(308);
  const claimed = get('/', 'a.test', 'X-Forwarded-Proto: https');
  expect((await plainAnswer(claimed)).status).toBe(308);
});

test('the metrics count handshakes and tell when the certificate ends', async () => {
  await secureAnswer(get('/', 'a.test'));
  const full = await started.proxy.metrics('tls_handshakes_total', 'result="full"');
  expect(Number(full[0]?.split(' ').at(-1))).toBeGreaterThan(0);
  const [end] = await started.proxy.metrics('tls_certificate_not_after_seconds', 'host="a.test"');
  const seconds = Math.floor(started.certificate.notAfterMs / 1_000);
  expect(Number(end?.split(' ').at(-1))).toBe(seconds);
});
