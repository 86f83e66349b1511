import { expect, test } from 'vitest';
import { appConfig } from '../../runtime/app/config.ts';

const environment = {
  PERCH_SERVICE: 'shop',
  PERCH_TRACK: 'canary',
  PERCH_VERSION: '2.0.0+build.7',
  PERCH_MEMBER_ID: 'shop-2',
  PERCH_HOST: 'host-1',
  PERCH_REDIS_URL: 'redis://:s3cret@127.0.0.1:6379',
};

test('the configuration comes from the environment, by default with loopback and port 3000', () => {
  expect(appConfig(environment)).toEqual({
    identity: {
      service: 'shop',
      track: 'canary',
      version: '2.0.0+build.7',
      memberId: 'shop-2',
      host: 'host-1',
    },
    bind: '127.0.0.1',
    port: 3000,
    redisUrl: 'redis://:s3cret@127.0.0.1:6379',
    stateDir: undefined,
  });
});

test('the configuration has the given address, port and state folder', () => {
  const given = {
    ...environment,
    PERCH_BIND: '0.0.0.0',
    PERCH_PORT: '20001',
    PERCH_STATE_DIR: '/var/lib/perch',
  };
  expect(appConfig(given)).toMatchObject({
    bind: '0.0.0.0',
    port: 20_001,
    stateDir: '/var/lib/perch',
  });
});

test('the configuration is refused with every missing or wrong variable at once', () => {
  const wrong = { PERCH_TRACK: 'beta', PERCH_PORT: '70000', PERCH_HOST: 'No Name' };
  expect(() => appConfig(wrong)).toThrow(
    [
      'PERCH_SERVICE must be set',
      'PERCH_TRACK must be stable or canary, got beta',
      'PERCH_VERSION must be set',
      'PERCH_MEMBER_ID must be set',
      'PERCH_HOST must be 1 to 63 lower-case letters, digits, dots, dashes or underscores, with a letter or digit at both ends, got No Name',
      'PERCH_PORT must be a port from 0 to 65535, got 70000',
      'PERCH_REDIS_URL must be set',
    ].join('; '),
  );
});

test.each(['eighty', '-1', '80.5', '', ' 80'])('the configuration refuses the port %j', (port) => {
  expect(() => appConfig({ ...environment, PERCH_PORT: port })).toThrow(
    'PERCH_PORT must be a port from 0 to 65535',
  );
});
