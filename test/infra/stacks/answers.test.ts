import { expect, test } from 'vitest';
import { subnetCidr } from '../../../infra/targets/aws/network.ts';
import { lifecyclePolicy } from '../../../infra/targets/aws/registry.ts';
import { loginIn } from '../../../infra/targets/digitalocean/registry.ts';
import { inMonitor } from '../../../infra/shell/in-monitor.ts';
import { generationIn } from '../../../infra/release/generation.ts';
import { reservedPort } from '../../../infra/release/reservation.ts';
import { dockerDuration } from '../../../infra/services/docker-duration.ts';
import { shortDigest } from '../../../infra/images/image.ts';

test('subnets lie side by side in their network', () => {
  expect([0, 1].map((index) => subnetCidr('10.42.0.0/16', index))).toEqual([
    '10.42.0.0/20',
    '10.42.16.0/20',
  ]);
});

test('a registry keeps the newest images', () => {
  expect(lifecyclePolicy(20).rules[0]?.selection).toEqual({
    tagStatus: 'any',
    countType: 'imageCountMoreThan',
    countNumber: 20,
  });
});

test("the login is read from Docker's credentials file", () => {
  const auth = Buffer.from('user:pass').toString('base64');
  expect(loginIn(JSON.stringify({ auths: { 'registry.example.com': { auth } } }))).toEqual({
    username: 'user',
    password: 'pass',
  });
});

test('the reserved port is that of the url which perch answers', () => {
  expect(reservedPort('{"id":"a","url":"http://10.0.0.1:20007"}')).toBe(20_007);
  expect(() => reservedPort('{}')).toThrow('perch member reserve must print a url');
});

test('the generation is that of the command that changed the release', () => {
  expect(generationIn('{"id":"a","generation":12}\n')).toBe(12);
  expect(() => generationIn('{"id":"a"}')).toThrow('generation');
});

test('a release without a name is called by the start of its digest', () => {
  expect(shortDigest(`shop@sha256:${'ab'.repeat(32)}`)).toBe('abababababab');
  expect(shortDigest(`sha256:${'cd'.repeat(32)}`)).toBe('cdcdcdcdcdcd');
});

test('words of a command that a shell would read otherwise are quoted', () => {
  const script = inMonitor('shop', ['member', 'reserve', "--version=v1; echo 'x'"]);
  expect(script).toContain(String.raw`perch member reserve '--version=v1; echo '\''x'\'''`);
});

test.each([
  [59, '59s'],
  [60, '1m0s'],
  [90, '1m30s'],
  [3_661, '1h1m1s'],
])('%d seconds are %s, as Go prints them', (seconds, expected) => {
  expect(dockerDuration(seconds)).toBe(expected);
});
