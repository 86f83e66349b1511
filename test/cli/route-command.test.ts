import { expect } from 'vitest';
import { RoutesStore } from '../../runtime/store/edge/routes-store.ts';
import { until } from '../support/until.ts';
import { test } from './fixtures.ts';

const blog = { service: 'blog', hosts: ['blog.example', 'www.blog.example'], tls: 'none' };
const api = { service: 'api', hosts: ['blog.example'], pathPrefix: '/v1', tls: 'acme' };

test('routes are registered, listed and removed, and each step may be repeated', async ({
  json,
  run,
  withInput,
  runDeployed,
}) => {
  expect(await withInput(blog, 'route', 'set')).toMatchObject({
    code: 0,
    stdout: 'route of blog is registered: blog.example, www.blog.example, generation 1\n',
  });
  expect((await withInput(blog, 'route', 'set', '--json')).stdout).toBe('{"generation":1}\n');
  expect((await withInput(api, 'route', 'set', '--json')).stdout).toBe('{"generation":2}\n');
  expect((await run('route', 'list')).stdout).toBe(
    'SERVICE  TLS   HOSTS\n' +
      'api      acme  blog.example/v1\n' +
      'blog     none  blog.example, www.blog.example\n',
  );
  expect(await json('route', 'list')).toMatchObject({ generation: 2, routes: [api, blog] });
  expect(await json('route', 'remove', 'blog')).toEqual({ generation: 3, removed: true });
  const again = await runDeployed('route', 'remove', 'blog', '--json');
  expect(again.stdout).toBe('{"generation":3,"removed":false}\n');
  expect(await runDeployed('route', 'remove', 'blog')).toMatchObject({
    code: 0,
    stdout: 'nothing changed: service blog has no route, generation 3\n',
  });
  expect((await run('route', 'remove', 'api')).stdout).toBe(
    'route of api is removed, generation 4\n',
  );
});

test('a host of another service is refused with its name', async ({ withInput }) => {
  await withInput(blog, 'route', 'set');
  expect(await withInput({ ...blog, service: 'magazine' }, 'route', 'set')).toMatchObject({
    code: 1,
    stderr:
      'perch: blog.example belongs to service blog; www.blog.example belongs to service blog\n',
  });
});

test('a dry run refuses what a change would refuse, and changes nothing', async ({
  json,
  withInput,
}) => {
  expect(await withInput(blog, 'route', 'set', '--dry-run')).toMatchObject({
    code: 0,
    stdout: 'nothing forbids the route of blog: blog.example, www.blog.example\n',
  });
  expect(await json('route', 'list')).toMatchObject({ routes: [] });
  await withInput(blog, 'route', 'set');
  const magazine = { ...blog, service: 'magazine', hosts: ['blog.example'] };
  expect(await withInput(magazine, 'route', 'set', '--dry-run', '--json')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('"message":"blog.example belongs to service blog"'),
  });
  expect((await withInput(blog, 'route', 'set', '--dry-run', '--json')).stdout).toBe(
    '{"service":"blog"}\n',
  );
  expect(await json('route', 'list')).toMatchObject({ generation: 1 });
});

test.for([
  ['', 'perch: stdin must be JSON, got nothing\n'],
  ['{', 'perch: stdin must be JSON, got {\n'],
  ['service: blog\nhosts: []', 'perch: stdin must be JSON, got service: blog…\n'],
  ['[]', 'perch: stdin must be a JSON object, got []\n'],
  [
    '{"service":"blog","hosts":["B.example"],"tls":"ssl"}',
    'perch: route: hosts.0 must be in lower case, got B.example; ' +
      'tls must be one of acme, certificate, loadBalancer, none, got ssl\n',
  ],
] as const)('a bad route %s is refused', async ([input, stderr], { withInput }) => {
  expect(await withInput(input, 'route', 'set')).toMatchObject({ code: 2, stderr });
});

test('a route that no proxy can order a certificate for says so', async ({
  reportForLong,
  withInput,
}) => {
  await reportForLong({ id: 'plain', routesGeneration: 9 });
  const why = 'it gets no certificate, because no proxy has --tls-listen and PERCH_EDGE_KEY';
  expect((await withInput(api, 'route', 'set')).stdout).toBe(
    `route of api is registered: blog.example/v1, generation 1; ${why}\n`,
  );
  await reportForLong({ id: 'plain', routesGeneration: 9, acme: true });
  const other = { ...api, hosts: ['other.example'] };
  expect((await withInput(other, 'route', 'set')).stdout).not.toContain('certificate');
});

test('a change waits until every live proxy routes by it, but for no older proxy', async ({
  redis,
  reportForLong,
  withInput,
}) => {
  await reportForLong({ id: 'new', routesGeneration: 0 });
  await reportForLong({ id: 'old' });
  const late = await withInput(blog, 'route', 'set', '--timeout', '0');
  expect(late).toMatchObject({
    code: 1,
    stderr: 'perch: generation 1 of the routes is not applied yet by new (0)\n',
  });
  const set = withInput(api, 'route', 'set');
  await until(async () => (await new RoutesStore(redis).read()).generation === 2);
  await reportForLong({ id: 'new', routesGeneration: 2 });
  expect(await set).toMatchObject({ code: 0 });
});
