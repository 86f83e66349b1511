import { expect, test } from 'vitest';
import type { NoRoute } from '../../../runtime/proxy/http/contract/handler.ts';
import type { RequestHead } from '../../../runtime/proxy/http/message/request-head.ts';
import { HttpsRedirect } from '../../../runtime/proxy/tls/https-redirect.ts';

const passed: NoRoute = { retryAfterSeconds: 1 };
interface Ports {
  readonly http?: number;
  readonly https?: number;
  readonly publicPort?: number;
}

const handler = ({ http = 80, https = 443, publicPort }: Ports = {}) =>
  new HttpsRedirect({
    next: { route: () => passed },
    hosts: {
      isRedirected: ({ host }) => /^a\.test\b/i.test(host ?? ''),
      isCovered: (host, serverName) => host === serverName,
    },
    challengeAnswer: (token) => (token === 'known' ? 'known.print' : undefined),
    healthPath: '/healthz',
    ports: () => ({ http, https }),
    publicPort,
  });

function head(target: string, overrides: Partial<RequestHead> = {}): RequestHead {
  return {
    method: 'GET',
    target,
    targetCodes: target,
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
  ['/', 'a.test', 'https://a.test/'],
  ['/p?q=1', 'A.TEST:80', 'https://a.test/p?q=1'],
  ['/', 'a.test.', 'https://a.test/'],
  ['//evil.test/', 'a.test', 'https://a.test//evil.test/'],
  ['*', 'a.test', 'https://a.test'],
])('%s of %s is redirected to the usual ports', (target, host, to) => {
  expect(location(handler().route(head(target, { host })))).toBe(to);
});

const own = { http: 8080, https: 8443 };
test.each([
  ['its own port of http reaches it directly', 'a.test:8080', own, 'https://a.test:8443/'],
  ['no port came by port 80 that was published for it', 'a.test', own, 'https://a.test/'],
  ['port 80 came by one that was published for it', 'a.test:80', own, 'https://a.test/'],
  ['an empty port came by port 80', 'a.test:', own, 'https://a.test/'],
  ['another port came by a front', 'a.test:9000', own, 'https://a.test/'],
  ['no port reaches its own port 80', 'a.test', { https: 8443 }, 'https://a.test:8443/'],
  ['any port', 'a.test:8080', { ...own, publicPort: 443 }, 'https://a.test/'],
  ['no port', 'a.test', { ...own, publicPort: 9443 }, 'https://a.test:9443/'],
])('a client that names %s is redirected to the port of https outside', (_, host, ports, to) => {
  expect(location(handler(ports).route(head('/', { host })))).toBe(to);
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
