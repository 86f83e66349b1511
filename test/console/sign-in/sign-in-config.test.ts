import { expect, test } from 'vitest';
import { consoleConfig } from '../../../runtime/console/config.ts';

const environment = { PERCH_SERVICE: 'shop', PERCH_REDIS_URL: 'redis://127.0.0.1' };
const secret = 'the secret of the client';
const signIn = {
  PERCH_CONSOLE_ORIGIN: 'https://Console.example.com/',
  PERCH_OIDC_ISSUER: 'https://accounts.example.com',
  PERCH_OIDC_CLIENT_ID: 'perch',
  PERCH_OIDC_CLIENT_SECRET: secret,
  PERCH_OIDC_USERS: 'Ada@example.com, @example.org',
};

function read(variables: Record<string, string>, listen = '0.0.0.0:8090') {
  return consoleConfig({ listen, allowedHost: [] }, { ...environment, ...variables });
}

test('with a public origin and a provider, the console listens on any address for that host', () => {
  expect(read(signIn)).toMatchObject({
    host: '0.0.0.0',
    allowedHosts: ['console.example.com'],
    signIn: {
      origin: 'https://console.example.com',
      issuer: 'https://accounts.example.com',
      clientId: 'perch',
      clientSecret: secret,
      users: ['ada@example.com', '@example.org'],
      viewers: [],
    },
  });
  expect(read({ ...signIn, PERCH_OIDC_VIEWERS: '@example.com' }).signIn?.viewers).toEqual([
    '@example.com',
  ]);
  expect(read({ ...signIn, PERCH_OIDC_VIEWERS: '' }).signIn?.viewers).toEqual([]);
});

test('variables of sign-in are set all or none, and every one that is missing is named', () => {
  expect(() => read({ PERCH_SERVICE: '', PERCH_CONSOLE_ORIGIN: 'https://a.example' })).toThrow(
    /^PERCH_SERVICE must .*; PERCH_OIDC_ISSUER must be set.*; PERCH_OIDC_CLIENT_ID must be set.*; PERCH_OIDC_CLIENT_SECRET must be set.*; PERCH_OIDC_USERS must be set/,
  );
  expect(() => read({ PERCH_OIDC_VIEWERS: '@example.com' }, '127.0.0.1:0')).toThrow(
    'PERCH_CONSOLE_ORIGIN must be set, because other variables of sign-in are',
  );
  expect(() => read({ ...signIn, PERCH_OIDC_USERS: ' ' })).toThrow('PERCH_OIDC_USERS must be set');
});

test.each([
  ['PERCH_CONSOLE_ORIGIN', 'http://console.example.com', 'must be https://HOST'],
  ['PERCH_CONSOLE_ORIGIN', 'https://console.example.com/perch', 'must be https://HOST'],
  ['PERCH_CONSOLE_ORIGIN', 'https://ada@console.example.com', 'must be https://HOST'],
  ['PERCH_CONSOLE_ORIGIN', 'console.example.com', 'must be https://HOST'],
  ['PERCH_OIDC_ISSUER', 'http://accounts.example.com', 'must be the https URL'],
  ['PERCH_OIDC_ISSUER', 'https://ada@accounts.example.com', 'must be the https URL'],
  ['PERCH_OIDC_ISSUER', 'https://accounts.example.com/?a=1', 'must be the https URL'],
  ['PERCH_OIDC_USERS', '*', 'must hold email addresses'],
  ['PERCH_OIDC_USERS', ',', 'must name somebody'],
  ['PERCH_OIDC_VIEWERS', 'ada', 'must hold email addresses'],
  ['PERCH_OIDC_VIEWERS', 'ADA@example.com', 'must not name whom PERCH_OIDC_USERS names'],
])('%s refuses %j', (name, value, rule) => {
  expect(() => read({ ...signIn, [name]: value })).toThrow(`${name} ${rule}`);
});

test('a secret that could be guessed is refused without being shown', () => {
  expect(() => read({ ...signIn, PERCH_OIDC_CLIENT_SECRET: 'hunter2' })).toThrow(
    /^PERCH_OIDC_CLIENT_SECRET must have at least 16 characters, because it also seals the sessions$/,
  );
});

test('http is enough on loopback', () => {
  const local = {
    PERCH_CONSOLE_ORIGIN: 'http://localhost:8090',
    PERCH_OIDC_ISSUER: 'http://127.0.0.1:1/oidc',
  };
  expect(read({ ...signIn, ...local }).signIn?.origin).toBe('http://localhost:8090');
});
