import { expect, test } from 'vitest';
import { CookieKeys } from '../../../runtime/proxy/clients/cookie-keys.ts';
import { newCookieKey } from '../../../runtime/store/clients/cookie-key.ts';

const [first, second, third] = [newCookieKey(), newCookieKey(), newCookieKey()];
const dayMs = 24 * 3_600_000;

test('proxies with one key accept the signatures of each other', () => {
  const signature = knowing(first).keys.sign('a') ?? '';
  expect(knowing(first).keys.check('a', signature)).toBe('current');
  expect(knowing(first).keys.check('b', signature)).toBeUndefined();
  expect(knowing(second).keys.check('a', signature)).toBeUndefined();
});

test('a signature has 128 bits', () => {
  const signature = knowing(first).keys.sign('a') ?? '';
  expect(Buffer.from(signature, 'base64url')).toHaveLength(16);
  expect(signature).toHaveLength(22);
});

test('a new key signs after 10 s, when the other proxies know it too', () => {
  const { keys, clock } = knowing(first);
  keys.learn(second);
  const late = knowing(first).keys;
  expect(late.check('a', keys.sign('a') ?? '')).toBe('current');
  clock.now += 10_000;
  expect(knowing(second).keys.check('a', keys.sign('a') ?? '')).toBe('current');
});

test('the key before is accepted for a day, and its signatures are outdated', () => {
  const { keys, clock } = knowing(first);
  const signature = keys.sign('a') ?? '';
  keys.learn(second);
  clock.now += 10_000;
  expect(keys.check('a', signature)).toBe('other');
  clock.now += dayMs - 10_001;
  expect(keys.check('a', signature)).toBe('other');
  clock.now += 1;
  expect(keys.check('a', signature)).toBeUndefined();
});

test('a signature that was checked before is valid for its own text only', () => {
  const { keys } = knowing(first);
  const signature = keys.sign('a') ?? '';
  for (let time = 0; time < 2; time += 1) {
    expect(keys.check('a', signature)).toBe('current');
    expect(keys.check('b', signature)).toBeUndefined();
  }
  for (let other = 0; other < 10_001; other += 1) {
    const text = `text ${other}`;
    expect(keys.check(text, keys.sign(text) ?? '')).toBe('current');
  }
  expect(keys.check('a', signature)).toBe('current');
});

test('two keys are known at most', () => {
  const { keys } = knowing(first);
  const signature = keys.sign('a') ?? '';
  keys.learn(second);
  keys.learn(third);
  expect(keys.retained.map(({ key }) => key)).toEqual([third, second]);
  expect(keys.check('a', signature)).toBeUndefined();
});

test('a key that is known already changes nothing', () => {
  const { keys } = knowing(first);
  expect(keys.learn(first)).toBe(false);
  expect(keys.learn(second)).toBe(true);
  expect(keys.learn(second)).toBe(false);
});

test('retained keys go on after a restart, even if the clock has gone back', () => {
  const { keys, clock } = knowing(first);
  const signature = keys.sign('a') ?? '';
  clock.now += 1_000_000;
  keys.learn(second);
  const restarted = new CookieKeys(() => 10_000);
  restarted.restore(keys.retained);
  expect(restarted.check('a', signature)).toBe('current');
  expect(restarted.retained[0]?.sinceMs).toBe(10_000);
});

test('a key in another form of base64 is the same key', () => {
  const bytes = Buffer.from(first, 'base64url');
  const signature = knowing(bytes.toString('base64')).keys.sign('a') ?? '';
  expect(knowing(first).keys.check('a', signature)).toBe('current');
});

test('keys do not show in logs', () => {
  expect(JSON.stringify(knowing(first).keys)).not.toContain(first);
});

function knowing(key: string) {
  const clock = { now: 1_000_000 };
  const keys = new CookieKeys(() => clock.now);
  keys.learn(key);
  return { keys, clock };
}
