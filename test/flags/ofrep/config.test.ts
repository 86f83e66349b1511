import { expect, test } from 'vitest';
import { defaultListen, flagsServerConfig } from '../../../runtime/flags/ofrep/config.ts';

const environment = { PERCH_SERVICE: 'shop', PERCH_REDIS_URL: 'redis://:secret@10.0.0.1:6379' };

test('the flags server listens on loopback unless told otherwise', () => {
  expect(flagsServerConfig({ listen: defaultListen }, environment)).toEqual({
    service: 'shop',
    redisUrl: 'redis://:secret@10.0.0.1:6379',
    host: '127.0.0.1',
    port: 8016,
    stateDir: undefined,
  });
  expect(
    flagsServerConfig({ listen: '[::]:8016' }, { ...environment, PERCH_STATE_DIR: '/state' }),
  ).toMatchObject({ host: '::', stateDir: '/state' });
});

test('the flags server names every missing or wrong setting', () => {
  expect(() => flagsServerConfig({ listen: '300.0.0.1:8016' }, {})).toThrow(
    'PERCH_SERVICE must be set; PERCH_REDIS_URL must be set; --listen must be IP:PORT or [IPV6]:PORT, got 300.0.0.1:8016',
  );
});
