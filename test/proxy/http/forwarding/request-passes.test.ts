import { expect, test } from 'vitest';
import { bodyOf, fieldsOf, forwarded } from '../support/messages.ts';

test('RFC 9110 7.6.1: the proxy forwards neither hop-by-hop fields nor those that Connection nominates', async () => {
  const fields = fieldsOf(
    await forwarded(
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-Mine\r\nX-Mine: 1\r\nKeep-Alive: timeout=5\r\n' +
        'Proxy-Connection: keep-alive\r\nTE: gzip\r\nTrailer: X-T\r\nUpgrade: h2c\r\nX-Other: 2\r\n\r\n',
    ),
  );
  for (const name of [
    'connection',
    'x-mine',
    'keep-alive',
    'proxy-connection',
    'te',
    'trailer',
    'upgrade',
  ]) {
    expect(fields.has(name)).toBe(false);
  }
  expect(fields.get('x-other')).toEqual(['2']);
});

test('RFC 9110 7.6.3: the proxy adds itself to Via after the proxies before it', async () => {
  const fields = fieldsOf(await forwarded('GET / HTTP/1.1\r\nHost: a\r\nVia: 1.0 first\r\n\r\n'));
  expect(fields.get('via')).toEqual(['1.0 first', '1.1 perch']);
});

test('RFC 7239: the proxy overwrites what an unknown peer claims about the client', async () => {
  const fields = fieldsOf(
    await forwarded(
      'GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\n' +
        'X-Forwarded-Host: evil\r\nForwarded: for=6.6.6.6\r\n\r\n',
    ),
  );
  expect(fields.get('x-forwarded-for')).toEqual(['127.0.0.1']);
  expect(fields.get('x-forwarded-proto')).toEqual(['http']);
  expect(fields.get('x-forwarded-host')).toEqual(['a']);
  expect(fields.get('forwarded')).toEqual(['for=127.0.0.1;proto=http;host="a"']);
});

/** Fields that only a proxy may send, one of each kind. */
const ofProxies = [
  'X-Forwarded-Protocol',
  'Front-End-Https',
  'X-Original-URL',
  'X_Rewrite_URL',
  'True-Client-IP',
  'CF-Connecting-IP',
  'X-Forwarded-User',
  'Client-IP',
  'Forwarded-For',
  'WL-Proxy-Client-IP',
  'CloudFront-Forwarded-Proto',
  'X-SSL',
  'X-SSL-Client-Verify',
  'X_SSL_Client_S_DN',
  'SSL-Client-Cert',
  'X-ARR-SSL',
  'X-ARR-ClientCert',
  'X-Client-Verify',
  'X-Client-DN',
  'X-Client-Cert',
  'X-Client-Cert-Chain-Verified',
  'X-Client-Certificate',
  'Client-Cert',
  'Client-Cert-Chain',
  'X-Forwarded-Tls-Client-Cert-Info',
  'X-Amzn-Mtls-Clientcert-Subject',
  'Cf-Client-Cert-Der-Base64',
];

test.each(ofProxies)(
  'the proxy drops %s of an unknown peer and keeps that of a trusted proxy',
  async (name) => {
    const request = `GET / HTTP/1.1\r\nHost: a\r\n${name}: x\r\n\r\n`;
    const trusting = { trustedProxies: ['127.0.0.0/8'] };
    expect(fieldsOf(await forwarded(request)).has(name.toLowerCase())).toBe(false);
    expect(fieldsOf(await forwarded(request, trusting)).get(name.toLowerCase())).toEqual(['x']);
  },
);

/** Fields of applications that look alike. */
const ofApplications = [
  'X-SSLName',
  'SSL-Clients',
  'X-ARRIVAL',
  'X-Client',
  'X-Client-Id',
  'X-Client-Version',
  'X-Client-Data',
  'Client-Certainty',
  'X-Amzn-Trace-Id',
  'X-Requested-With',
];

test.each(ofApplications)('the proxy forwards %s of an unknown peer', async (name) => {
  const request = `GET / HTTP/1.1\r\nHost: a\r\n${name}: x\r\n\r\n`;
  expect(fieldsOf(await forwarded(request)).get(name.toLowerCase())).toEqual(['x']);
});

test('CVE-2016-5385: the proxy drops Proxy, whoever sends it', async () => {
  const request = 'GET / HTTP/1.1\r\nHost: a\r\nProxy: http://evil/\r\n\r\n';
  expect(fieldsOf(await forwarded(request)).has('proxy')).toBe(false);
  const trusting = { trustedProxies: ['127.0.0.0/8'] };
  expect(fieldsOf(await forwarded(request, trusting)).has('proxy')).toBe(false);
});

test('RFC 7239: the proxy keeps the claims of a trusted proxy and adds its address', async () => {
  const fields = fieldsOf(
    await forwarded(
      'GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\n\r\n',
      { trustedProxies: ['127.0.0.0/8'] },
    ),
  );
  expect(fields.get('x-forwarded-for')).toEqual(['6.6.6.6, 127.0.0.1']);
  expect(fields.get('x-forwarded-proto')).toEqual(['https']);
});

test('RFC 9112 3.2.2: the authority of an absolute-form target becomes the Host', async () => {
  const sent = await forwarded('GET http://real.example/p HTTP/1.1\r\nHost: other\r\n\r\n');
  expect(sent).toMatch(/^GET \/p HTTP\/1\.1\r\n/);
  expect(fieldsOf(sent).get('host')).toEqual(['real.example']);
});

test('the proxy does not forward fields that are private to its handler, in any case', async () => {
  const fields = fieldsOf(
    await forwarded('GET / HTTP/1.1\r\nHost: a\r\nX-Perch-Token: secret\r\n\r\n', {
      privateRequestFields: ['x-perch-token'],
    }),
  );
  expect(fields.has('x-perch-token')).toBe(false);
});

test('RFC 9112 6: the proxy merges equal Content-Lengths and writes the framing anew', async () => {
  const sent = await forwarded('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 03, 3\r\n\r\nabc');
  expect(fieldsOf(sent).get('content-length')).toEqual(['3']);
  expect(bodyOf(sent)).toBe('abc');
});
