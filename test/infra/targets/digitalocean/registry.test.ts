import { expect, test } from 'vitest';
import { loginIn, loginSeconds } from '../../../../infra/targets/digitalocean/registry.ts';

test("the login to DigitalOcean's registry comes from Docker's credentials file", () => {
  const auth = Buffer.from('user:pass').toString('base64');
  expect(loginIn(JSON.stringify({ auths: { 'registry.perch.internal': { auth } } }))).toEqual({
    username: 'user',
    password: 'pass',
  });
});

test("a login to DigitalOcean's registry is renewed every 90 days, long before its year is over", () => {
  const dayMs = 86_400_000;
  const atDay = (day: number) => loginSeconds(day * dayMs);
  expect(atDay(89)).toBe(atDay(0));
  expect(atDay(90)).not.toBe(atDay(89));
  expect(atDay(90) * 1_000).toBeGreaterThanOrEqual(365 * dayMs);
});
