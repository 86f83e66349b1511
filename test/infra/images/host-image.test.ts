import { expect, test } from 'vitest';
import { makeProd } from '../../../infra/stacks/prod.ts';
import type { MadeResource } from '../../support/pulumi/pulumi-mocks.ts';
import { composed, inputsOf, kindsOf } from '../../support/pulumi/pulumi-mocks.ts';
import { configFor } from '../../support/pulumi/stack-configs.ts';

const digest = `registry.perch.internal/shop@sha256:${'a'.repeat(64)}`;
const given = { image: digest, runtimeImage: digest };

const pullsOf = (made: readonly MadeResource[]) =>
  made.filter(({ name, type }) => type.endsWith(':Command') && name.endsWith('-pull'));

test('an image given by digest is pulled, not built', async () => {
  const made = await composed(() => makeProd(configFor('server', given)));
  expect(kindsOf(made)).not.toContain('Image');
  const pulled = inputsOf(made, 'RemoteImage');
  expect(new Set(pulled.map(({ name }) => name))).toEqual(new Set([digest]));
  expect(pulled.map(({ keepLocally }) => keepLocally)).toEqual(pulled.map(() => true));
});

test("a host pulls each image before the plugin does, and Redis' image before Redis", async () => {
  const made = await composed(() => makeProd(configFor('server', given)));
  const pulls = pullsOf(made);
  expect(pulls.map(({ name }) => name).toSorted()).toEqual([
    'app-web-1-pull',
    'app-web-2-pull',
    'redis-pull',
    'runtime-web-1-pull',
    'runtime-web-2-pull',
  ]);
  expect(pulls.find(({ name }) => name === 'redis-pull')?.inputs['create']).toContain(
    "image='redis:7'",
  );
});

test('a machine that builds pulls the base image of what it builds', async () => {
  const buildContext = 'test/infra/engine/support/bad-canary';
  const made = await composed(() => makeProd(configFor('docker', { buildContext })));
  expect(pullsOf(made).map(({ name, type }) => `${name} ${type}`)).toEqual([
    'runtime-base-0-pull command:local:Command',
    'app-base-0-pull command:local:Command',
    'redis-pull command:local:Command',
  ]);
});

test('logins are secret inputs of the pulls that need them, and of no other', async () => {
  const pullLogins = [
    { server: 'docker.io', username: 'team', password: 'a-login-of-docker' },
    { server: 'registry.perch.internal', username: 'team', password: 'a-login-of-example' },
  ];
  const made = await composed(() => makeProd(configFor('server', { ...given, pullLogins })));
  for (const { name, inputs } of pullsOf(made)) {
    const password = name === 'redis-pull' ? 'a-login-of-docker' : 'a-login-of-example';
    expect(inputs['stdin']).toMatchObject({ value: `team\n${password}\n` });
    expect(JSON.stringify({ ...inputs, stdin: '' })).not.toContain('a-login-of');
  }
});
