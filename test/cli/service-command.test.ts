import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { edgeKeys, redisKeys } from '../../runtime/contract/redis-keys.ts';
import { perch } from '../support/processes/perch.ts';
import { test } from './fixtures.ts';

const redisPassword = 'a-password-of-the-blog';
const monitor = { rules: { hostDiskPercent: 85 } };
const webhookUrl = 'https://hooks.example.com/a-secret-path';

test('a service is registered and removed, and each step may be repeated', async ({
  json,
  redis,
  run,
  withInput,
  runDeployed,
}) => {
  const blog = { service: 'blog', redisPassword, monitor };
  for (let time = 0; time < 2; time += 1) {
    expect(await withInput(blog, 'service', 'set')).toMatchObject({
      code: 0,
      stdout: 'service blog is registered\n',
      stderr: '',
    });
  }
  expect(await redis.get(redisKeys('blog').monitorConfig)).toBe(JSON.stringify({ monitor }));
  expect(await redis.hexists(edgeKeys.services, 'blog')).toBe(1);
  expect(await redis.call('ACL', 'USERS')).toContain('blog');
  expect((await run('service', 'list')).stdout).toBe('SERVICE  OWNER\nblog     unknown\n');
  expect(await json('service', 'list')).toEqual({ services: [{ service: 'blog' }] });
  // A service that is set again without them keeps its user and its configuration.
  await withInput({ service: 'blog' }, 'service', 'set');
  expect(await redis.get(redisKeys('blog').monitorConfig)).not.toBeNull();
  expect(await json('service', 'remove', 'blog')).toEqual({ service: 'blog', removed: true });
  const again = await runDeployed('service', 'remove', 'blog', '--json');
  expect(again.stdout).toBe('{"service":"blog","removed":false}\n');
  expect(await runDeployed('service', 'remove', 'blog')).toMatchObject({
    code: 0,
    stdout: 'nothing changed: service blog is not registered\n',
  });
  await withInput({ service: 'blog' }, 'service', 'set');
  expect((await run('service', 'remove', 'blog')).stdout).toBe('service blog is removed\n');
  expect((await run('service', 'list')).stdout).toBe('no services\n');
  expect(await redis.keys('perch:*')).toEqual([]);
  expect(await redis.call('ACL', 'USERS')).not.toContain('blog');
});

test('secrets are stored sealed, and refused without a key to seal them', async ({
  environment,
  redis,
  withInput,
}) => {
  const blog = { service: 'blog', monitor, webhookUrl };
  const refused = await withInput(blog, 'service', 'set');
  expect(refused).toMatchObject({
    code: 2,
    stderr: 'perch: PERCH_EDGE_KEY must be set to store a webhook, a secret\n',
  });
  const key = randomBytes(32).toString('base64');
  const set = await perch(
    ['service', 'set'],
    { ...environment, PERCH_EDGE_KEY: key },
    { stdin: JSON.stringify(blog) },
  );
  expect(set).toMatchObject({ code: 0 });
  const stored = await redis.get(redisKeys('blog').monitorConfig);
  expect(stored).not.toContain('hooks.example.com');
  expect(stored).not.toContain('hostDiskPercent');
});

test.for([
  ['', 'perch: stdin must be JSON, got nothing\n'],
  [
    `"redisPassword": "${redisPassword}"`,
    'perch: stdin must be JSON, got 41 characters, which are not shown\n',
  ],
  ['[]', 'perch: stdin must be a JSON object, got 2 characters, which are not shown\n'],
  [
    { service: 'blog', redisPassword: 'short', webhookUrl: 'no', extra: 1 },
    'perch: redisPassword must be 16 to 200 letters, digits, dashes or underscores; ' +
      'webhookUrl must be an http or https URL; extra is not known\n',
  ],
  [
    { service: 'blog', monitor: { disks: ['/'], rules: { hostDiskPercent: 101 } } },
    'perch: monitor: rules.hostDiskPercent must be at most 100, got 101; disks is not known',
  ],
  [
    { service: 'shop', redisPassword },
    'perch: service must not be shop, the service of the host stack, which PERCH_SERVICE names\n',
  ],
  [{ service: 'default', redisPassword }, 'perch: service must not be default, a user of Redis\n'],
] as const)(
  'a bad service %j is refused with what is wrong',
  async ([input, problem], { withInput }) => {
    const { code, stderr } = await withInput(input, 'service', 'set');
    expect(code).toBe(2);
    expect(stderr).toContain(problem);
    expect(stderr).not.toContain(redisPassword);
  },
);

test('the service of live proxies is refused, whatever PERCH_SERVICE says', async ({
  environment,
  json,
  redis,
  reportForLong,
}) => {
  await reportForLong({ id: 'new', ownCertificates: {} });
  const stdin = JSON.stringify({ service: 'shop', redisPassword });
  expect(
    await perch(['service', 'set'], { ...environment, PERCH_SERVICE: 'blog' }, { stdin }),
  ).toMatchObject({
    code: 2,
    stderr: 'perch: service must not be shop, the service of the host stack\n',
  });
  expect(await json('service', 'list')).toEqual({ services: [] });
  expect(await redis.call('ACL', 'USERS')).not.toContain('shop');
});
