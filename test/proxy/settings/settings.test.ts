import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { PerchError } from '../../../runtime/contract/perch-error.ts';
import { proxySettings, type ProxyArguments } from '../../../runtime/proxy/settings/settings.ts';

const redis = { PERCH_REDIS_URL: 'redis://:hunter2@127.0.0.1:6379', PERCH_SERVICE: 'shop' };

test('the defaults listen on loopback only', () => {
  expect(proxySettings({}, redis)).toEqual({
    listen: { host: '127.0.0.1', port: 8080 },
    tlsListen: undefined,
    publicHttpsPort: undefined,
    connectionsAreGiven: false,
    hosts: [],
    tls: 'none',
    certificateFiles: undefined,
    acme: {
      directoryUrl: 'https://acme-v02.api.letsencrypt.org/directory',
      email: undefined,
      caCertificate: undefined,
      publicAddresses: [],
    },
    hstsSeconds: undefined,
    edgeKeys: [],
    admin: { host: '127.0.0.1', port: 9080 },
    document: { kind: 'redis', url: redis.PERCH_REDIS_URL, service: 'shop' },
    stateDir: undefined,
    workers: availableParallelism(),
    drainTimeoutMs: 30_000,
    judgeTimeoutMs: 30_000,
    warmUpMs: 30_000,
    unjudgedAfterSeconds: 60,
    healthPath: '/healthz',
    metrics: undefined,
    accessLog: undefined,
    healthHost: undefined,
    assetPaths: [],
    trustedProxies: [],
    limits: {},
    logLevel: 'info',
    overrideToken: undefined,
  });
});

test('the settings need no Redis with a document from a file', () => {
  const { document } = proxySettings({ document: 'release.json' }, {});
  expect(document).toEqual({ kind: 'file', file: 'release.json' });
});

test('the settings take the given options', () => {
  const given = {
    listen: '[::1]:0',
    admin: 'localhost:65535',
    stateDir: '/var/lib/perch',
    workers: '3',
    drainTimeout: '0',
    warmUpSeconds: '0',
    unjudgedAfter: '5',
    healthPath: '/up?deep=1',
    trustProxy: ['10.0.0.0/8', '::1'],
    limit: ['headBytes=32768', 'connections=100'],
  };
  const environment = { ...redis, PERCH_OVERRIDE_TOKEN: 'correct-horse-battery' };
  expect(proxySettings(given, environment)).toMatchObject({
    listen: { host: '::1', port: 0 },
    admin: { host: 'localhost', port: 65_535 },
    stateDir: '/var/lib/perch',
    workers: 3,
    drainTimeoutMs: 0,
    warmUpMs: 0,
    unjudgedAfterSeconds: 5,
    healthPath: '/up?deep=1',
    trustedProxies: ['10.0.0.0/8', '::1'],
    limits: { headBytes: 32_768, connections: 100 },
    overrideToken: 'correct-horse-battery',
  });
});

test.each<{ given: ProxyArguments; problem: string }>([
  ...['8080', ':8080', '127.0.0.1', '127.0.0.1:', '127.0.0.1:65536', '::1:80', 'a:-1'].map(
    (listen) => ({
      given: { listen },
      problem: `--listen must be HOST:PORT with a port from 0 to 65535, got ${listen}`,
    }),
  ),
  { given: { admin: 'x' }, problem: '--admin must be HOST:PORT' },
  ...['0', '257', '1.5', '-1', 'two', ''].map((workers) => ({
    given: { workers },
    problem: `--workers must be a whole number from 1 to 256, got ${workers}`,
  })),
  {
    given: { drainTimeout: '3600001' },
    problem: '--drain-timeout must be a whole number from 0 to 3600000, got 3600001',
  },
  ...['-1', '0.5', '3601', 'long'].map((warmUpSeconds) => ({
    given: { warmUpSeconds },
    problem: `--warm-up-seconds must be a whole number from 0 to 3600, got ${warmUpSeconds}`,
  })),
  ...['-1', '1.5', '86401'].map((unjudgedAfter) => ({
    given: { unjudgedAfter },
    problem: `--unjudged-after must be a whole number from 0 to 86400, got ${unjudgedAfter}`,
  })),
  { given: { healthPath: 'up' }, problem: '--health-path must be a path that begins with /' },
  { given: { metrics: '0.0.0.0:9464' }, problem: '--metrics must be one address of this machine' },
  { given: { metrics: '[::]:9464' }, problem: '--metrics must be one address of this machine' },
  { given: { accessLog: '0' }, problem: '--access-log must be a number above 0, at most 100' },
  { given: { accessLogClients: 'x' }, problem: '--access-log-clients must be one of full' },
  { given: { healthHost: 'a b' }, problem: '--health-host must be a host name or an IPv4 address' },
  { given: { healthPath: '/a b' }, problem: '--health-path must be a path' },
  { given: { logLevel: 'loud' }, problem: '--log-level must be one of silent, error, warn' },
  { given: { stateDir: '' }, problem: '--state-dir must not be empty' },
  { given: { document: '' }, problem: '--document must not be empty' },
  ...['10.0.0.0/33', '10.0.0/8', '10.0.0.1/', 'lan'].map((range) => ({
    given: { trustProxy: [range] },
    problem: `--trust-proxy.0 must be an IP address or a CIDR range, got ${range}`,
  })),
  {
    given: { limit: ['heads=1'] },
    problem: '--limit.0 must be NAME=VALUE with NAME one of headBytes, ',
  },
  { given: { limit: ['toString=1'] }, problem: '--limit.0 must be NAME=VALUE' },
  ...['headBytes', 'headBytes=', 'headBytes=0', 'headBytes=1.5', 'connections=2147483648'].map(
    (limit) => ({
      given: { limit: [limit] },
      problem: 'must be NAME=VALUE with VALUE a whole number from 1 to ',
    }),
  ),
])('the options $given are refused', ({ given, problem }) => {
  expect(problemsOf(given, redis)).toContain(problem);
});

test('the settings require Redis or a file', () => {
  expect(problemsOf({}, {})).toBe(
    'PERCH_REDIS_URL must be set unless --document FILE is given; ' +
      'PERCH_SERVICE must be set unless --document FILE is given',
  );
});

test('a service name that cannot be part of a key is refused', () => {
  expect(problemsOf({}, { ...redis, PERCH_SERVICE: 'My Shop' })).toContain(
    'PERCH_SERVICE must be 1 to 63 lower-case letters',
  );
});

test('a short token is refused and not shown', () => {
  const problems = problemsOf({}, { ...redis, PERCH_OVERRIDE_TOKEN: 'hunter2' });
  expect(problems).toBe('PERCH_OVERRIDE_TOKEN must be at least 16 characters');
});

test('the error names all problems at once, but never the password', () => {
  const problems = problemsOf({ listen: 'x', workers: '0', healthPath: 'y' }, redis);
  expect(problems.split('; ')).toHaveLength(3);
  expect(problems).not.toContain('hunter2');
});

function problemsOf(given: ProxyArguments, environment: NodeJS.ProcessEnv): string {
  try {
    proxySettings(given, environment);
  } catch (error) {
    if (error instanceof PerchError && error.code === 'bad_input') return error.message;
    throw error;
  }
  return 'none';
}

test('the settings of TLS', () => {
  const key = Buffer.alloc(32, 1).toString('base64');
  const given = {
    tlsListen: '0.0.0.0:443',
    publicHttpsPort: '8443',
    host: ['a.test', '*.w.test'],
    tls: 'certificate',
    certificate: 'chain.pem',
    privateKey: 'key.pem',
    hsts: '600',
  };
  expect(proxySettings(given, { ...redis, PERCH_EDGE_KEY: `${key}, ${key}` })).toMatchObject({
    tlsListen: { host: '0.0.0.0', port: 443 },
    publicHttpsPort: 8443,
    hosts: ['a.test', '*.w.test'],
    tls: 'certificate',
    certificateFiles: { chain: 'chain.pem', privateKey: 'key.pem' },
    hstsSeconds: 600,
    edgeKeys: [key, key],
  });
});

test.each<[ProxyArguments, string]>([
  [{ tls: 'maybe' }, '--tls must be one of acme, certificate, none'],
  [{ tls: 'certificate', tlsListen: ':443' }, '--tls-listen must be HOST:PORT'],
  [{ tls: 'acme' }, '--tls-listen must be set with --tls acme'],
  [{ tls: 'acme', tlsListen: '[::]:443' }, '--host must be set with --tls acme'],
  [{ tls: 'acme', tlsListen: '[::]:443', host: ['*.a.test'] }, '--host must hold no wildcard'],
  [
    { tls: 'certificate', tlsListen: '[::]:443' },
    '--private-key must be set with --tls certificate',
  ],
  [
    { document: 'x', tlsListen: '[::]:443' },
    '--tls must be certificate with --tls-listen and --document',
  ],
  [{ tlsListen: '[::]:443' }, 'PERCH_EDGE_KEY must be set with --tls-listen unless --tls is'],
  [{ publicHttpsPort: '443' }, '--public-https-port must be left out without --tls-listen'],
  [
    { tlsListen: '[::]:443', publicHttpsPort: '0' },
    '--public-https-port must be a whole number from 1 to 65535',
  ],
  [{ hsts: '300' }, '--hsts must be left out without --tls-listen or --trust-proxy'],
  [{ certificate: 'x' }, '--certificate must be left out without --tls certificate'],
  [{ host: ['a_b'] }, '--host.0 must be a host name (RFC 1123)'],
  [{ hsts: '-1' }, '--hsts must be a whole number from 0 to 63072000'],
])('options of TLS that do not fit are refused: %o', (given, problem) => {
  expect(() => proxySettings(given, redis)).toThrow(problem);
});

test('options of TLS that fit are taken: those of a stack, and HSTS behind a front', () => {
  const key = Buffer.alloc(32, 1).toString('base64');
  const ofStack = proxySettings({ tlsListen: '[::]:443' }, { ...redis, PERCH_EDGE_KEY: key });
  expect(ofStack.tls).toBe('none');
  expect(proxySettings({ hsts: '300', trustProxy: ['10.0.0.1'] }, redis).hstsSeconds).toBe(300);
});

test('a bad edge key is refused and not shown', () => {
  const refused = () => proxySettings({}, { ...redis, PERCH_EDGE_KEY: 'hunter2' });
  expect(refused).toThrow('PERCH_EDGE_KEY must be keys of 32 bytes in base64');
  expect(refused).not.toThrow('hunter2');
});
