import { expect, test } from 'vitest';
import { consoleConfig, defaultListen } from '../../runtime/console/config.ts';

const environment = { PERCH_SERVICE: 'shop', PERCH_REDIS_URL: 'redis://:s3cret@127.0.0.1' };

test('the console listens only on loopback by default', () => {
  expect(consoleConfig({ listen: defaultListen, allowedHost: [] }, environment)).toEqual({
    service: 'shop',
    redisUrl: 'redis://:s3cret@127.0.0.1',
    host: '127.0.0.1',
    port: 8090,
    allowedHosts: [],
    links: [],
    isReadOnly: false,
  });
  expect(consoleConfig({ listen: '[::1]:0', allowedHost: [] }, environment)).toMatchObject({
    host: '::1',
    port: 0,
  });
});

test('the console listens on another address only with allowed hosts', () => {
  const listen = '0.0.0.0:8090';
  expect(() => consoleConfig({ listen, allowedHost: [] }, environment)).toThrow(
    '--listen must be a loopback address unless --allowed-host is given or PERCH_CONSOLE_ORIGIN is set, got 0.0.0.0:8090',
  );
  expect(consoleConfig({ listen, allowedHost: ['perch.lan'] }, environment)).toMatchObject({
    host: '0.0.0.0',
    allowedHosts: ['perch.lan'],
  });
});

test('the configuration is refused with every missing or wrong value at once', () => {
  const given = { listen: 'localhost:8090', allowedHost: ['ok.lan', 'http://a/'] };
  expect(() => consoleConfig(given, {})).toThrow(
    [
      'PERCH_SERVICE must be set',
      'PERCH_REDIS_URL must be set',
      '--listen must be IP:PORT or [IPV6]:PORT, got localhost:8090',
      '--allowed-host.1 must be a host name or IP address without a port, got http://a/',
    ].join('; '),
  );
});

test.each(['127.0.0.1', '127.0.0.1:70000', '8090', '256.0.0.1:1', '127.0.0.1:x'])(
  'the console refuses to listen on %j',
  (listen) => {
    expect(() => consoleConfig({ listen, allowedHost: [] }, environment)).toThrow(
      'must be IP:PORT',
    );
  },
);

test('the console takes links for its header, and refuses what is none', () => {
  const given = (link: string[]) => ({ listen: defaultListen, allowedHost: [], link });
  expect(consoleConfig(given(['Our app=https://shop.example/?a=b']), environment).links).toEqual([
    { name: 'Our app', url: 'https://shop.example/?a=b' },
  ]);
  for (const link of ['https://shop.example', 'App=javascript:alert(1)', '=https://shop.example']) {
    expect(() => consoleConfig(given([link]), environment)).toThrow(
      '--link.0 must be NAME=URL, with a name of 1 to 30 characters and an http or https URL',
    );
  }
});
