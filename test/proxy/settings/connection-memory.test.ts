import { expect, test } from 'vitest';
import { connectionsWithin } from '../../../runtime/proxy/settings/connection-memory.ts';
import { proxySettings } from '../../../runtime/proxy/settings/settings.ts';

const mib = 2 ** 20;
const redis = {
  PERCH_REDIS_URL: 'redis://127.0.0.1',
  PERCH_SERVICE: 'shop',
  PERCH_EDGE_KEY: Buffer.alloc(32).toString('base64'),
};
const settingsOf = (workers: string, ...limit: string[]) =>
  proxySettings({ workers, limit, tlsListen: '[::]:443' }, redis);

test.each([
  ['a container of a stack with one worker', settingsOf('1'), 320, 2_184],
  ['one with four workers', settingsOf('4'), 896, 1_529],
  ['very little memory', settingsOf('1'), 128, 500],
  ['much memory', settingsOf('1'), 4_096, 20_000],
  ['a limit that was given', settingsOf('1', 'connections=10000'), 320, 10_000],
  ['http alone', proxySettings({ workers: '1' }, redis), 320, 7_801],
])('a worker takes as many connections as its memory holds: %s', (_, settings, memory, most) => {
  expect(connectionsWithin(settings, memory * mib)).toBe(most);
});

test('a proxy whose memory nothing limits takes the default', () => {
  expect(connectionsWithin(settingsOf('1'), undefined)).toBe(20_000);
});
