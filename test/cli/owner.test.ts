import { expect } from 'vitest';
import { RoutesStore } from '../../runtime/store/edge/routes-store.ts';
import { test } from './fixtures.ts';

const old = '--owner=acme/blog/old';
const other = '--owner=acme/blog/new';
const route = { service: 'blog', hosts: ['blog.example.com'], tls: 'none' };

test('a stack changes nothing of a service that another one owns', async ({
  json,
  redis,
  run,
  withInput,
}) => {
  await withInput({ service: 'blog', owner: 'acme/blog/old' }, 'service', 'set');
  expect(await withInput(route, 'route', 'set', old)).toMatchObject({ code: 0 });
  const refusal = /^perch: service blog belongs to stack acme\/blog\/old, not to acme\/blog\/new: /;
  const refused = { code: 1, stderr: expect.stringMatching(refusal) };
  const blog = { service: 'blog', owner: 'acme/blog/new' };
  expect(await withInput(blog, 'service', 'set')).toMatchObject(refused);
  expect(await withInput(route, 'route', 'set', other)).toMatchObject(refused);
  expect(await withInput(route, 'route', 'set', '--dry-run', other)).toMatchObject(refused);
  // A stack that is destroyed leaves what is another one's.
  expect(await json('route', 'remove', 'blog', other)).toEqual({ removed: false });
  expect(await run('route', 'remove', 'blog', other)).toMatchObject({
    code: 0,
    stdout: 'nothing changed: the route of blog belongs to stack acme/blog/old\n',
  });
  expect(await run('service', 'remove', 'blog', other)).toMatchObject({
    code: 0,
    stdout: 'nothing changed: service blog belongs to stack acme/blog/old\n',
  });
  expect((await new RoutesStore(redis).read()).routes).toHaveLength(1);
  expect((await run('service', 'list')).stdout).toBe('SERVICE  OWNER\nblog     acme/blog/old\n');
});

test('an operator releases a service for a stack that was renamed or moved', async ({
  json,
  run,
  withInput,
}) => {
  await withInput({ service: 'blog', owner: 'acme/blog/old' }, 'service', 'set');
  expect((await run('service', 'release', 'blog')).stdout).toBe(
    'service blog is released by acme/blog/old: the next stack that registers it owns it\n',
  );
  expect(await json('service', 'release', 'blog')).toEqual({ service: 'blog', owner: null });
  await withInput({ service: 'blog', owner: 'acme/blog/new' }, 'service', 'set');
  expect(await json('service', 'list')).toEqual({
    services: [{ service: 'blog', owner: 'acme/blog/new' }],
  });
  expect(await json('service', 'remove', 'blog', old)).toEqual({
    service: 'blog',
    removed: false,
  });
  expect(await json('service', 'remove', 'blog', other)).toEqual({
    service: 'blog',
    removed: true,
  });
});

test.for(['blog', 'acme/blog', 'acme//prod', 'a b/c/d'])(
  'an owner must be the full name of a stack, and %j is none',
  async (owner, { run, withInput }) => {
    const rule = { code: 2, stderr: expect.stringContaining('must be ORGANIZATION/PROJECT/STACK') };
    expect(await withInput({ service: 'blog', owner }, 'service', 'set')).toMatchObject(rule);
    expect(await run('route', 'remove', 'blog', `--owner=${owner}`)).toMatchObject(rule);
  },
);
