import { expect, test } from 'vitest';
import { loginIn } from '../../../../infra/targets/digitalocean/registry.ts';

test("the login to DigitalOcean's registry comes from Docker's credentials file", () => {
  const auth = Buffer.from('user:pass').toString('base64');
  expect(loginIn(JSON.stringify({ auths: { 'registry.perch.internal': { auth } } }))).toEqual({
    username: 'user',
    password: 'pass',
  });
});
