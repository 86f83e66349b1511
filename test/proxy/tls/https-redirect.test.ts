import { expect, test } from 'vitest';
import type { NoRoute } from '../../../runtime/proxy/http/contract/handler.ts';
import type { RequestHead } from '../../../runtime/proxy/http/message/request-head.ts';
import { HttpsRedirect } from '../../../runtime/proxy/tls/https-redirect.ts';

const passed: NoRoute = { retryAfterSeconds: 1 };
const handler = (port = 443) =>
  new HttpsRedirect({
    next: { route: () => passed },
    hosts: {
      isRedirected: ({ host }) => /^a\.test\b/i.test(host ?? ''),
      isCovered: (host, serverName) => host === serverName,
    },
    challengeAnswer: (token) => (token === 'known' ? 'known.print' : undefined),
    healthPath: '/healthz',
    port: () => port,
  });

function head(target: string, overrides: Partial<RequestHead> = {}): RequestHead {
  return {
    method: 'GET',
    target,
    minorVersion: 1,
    host: 'a.test',
    remoteAddress: '127.0.0.1',
    https: false,
    serverName: undefined,
    field: () => undefined,
    ...overrides,
  };
}

function location(of: ReturnType<HttpsRedirect['route']>): string | undefined {
  return 'reply' in of ? of.reply.fields[of.reply.fields.indexOf('Location') + 1] : undefined;
}

test.each([
  ['/', 'a.test', 443, 'https://a.test/'],
  ['/p?q=1', 'A.TEST:80', 443, 'https://a.test/p?q=1'],
  ['/', 'a.test.', 443, 'https://a.test/'],
  ['/', 'a.test:8080', 8443, 'https://a.test:8443/'],
  ['//evil.test/', 'a.test', 443, 'https://a.test//evil.test/'],
  ['*', 'a.test', 443, 'https://a.test'],
])('%s of %s is redirected to the port %i', (target, host, port, to) => {
  expect(location(handler(port).route(head(target, { host })))).toBe(to);
});

test.each([
  ['the health path', head('/healthz')],
  ['a host without TLS', head('/', { host: 'b.test' })],
  ['no host', head('/', { host: undefined })],
  ['a request by https', head('/', { https: true })],
  ['a request for the name of the handshake', head('/', { https: true, serverName: 'a.test' })],
  ['a request of a client without a name', head('/', { https: true, host: 'b.test' })],
  ['a health check by https', head('/healthz', { https: true, serverName: 'b.test' })],
  ['no host by https', head('/', { https: true, serverName: 'a.test', host: undefined })],
  ['a challenge that nobody knows', head('/.well-known/acme-challenge/other')],
  ['a POST to a challenge', head('/.well-known/acme-challenge/known', { method: 'POST' })],
])('%s passes', (_, request) => {
  expect(handler().route(request)).toBe(passed);
});

test.each(['GET', 'HEAD'])('a challenge is answered for %s, on any host', (method) => {
  const request = head('/.well-known/acme-challenge/known', { method, host: 'b.test' });
  const routed = handler().route(request);
  expect(routed).toMatchObject({ reply: { status: 200, body: 'known.print' } });
});

test('a challenge is answered by https too, for an authority that a front redirects', () => {
  const target = '/.well-known/acme-challenge/known';
  const request = head(target, { https: true, serverName: 'b.test' });
  expect(handler().route(request)).toMatchObject({ reply: { status: 200, body: 'known.print' } });
  const other = head('/.well-known/acme-challenge/other', { https: true });
  expect(handler().route(other)).toBe(passed);
});

test.each(['/.well-known/acme-challenge/../basket', '/.well-known/acme-challenge/%2E%2e/basket'])(
  'a path that only begins as that of a challenge is redirected: %s',
  (target) => {
    expect(location(handler().route(head(target)))).toBe(`https://a.test${target}`);
  },
);

test('a request for a host that the certificate of its connection does not cover is misdirected', () => {
  const request = head('/', { https: true, serverName: 'a.test', host: 'b.test' });
  expect(handler().route(request)).toEqual({ refusal: 'certificate-unfit' });
});
