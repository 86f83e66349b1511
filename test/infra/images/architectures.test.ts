import { expect, test } from 'vitest';
import { makeProd } from '../../../infra/stacks/prod.ts';
import { composed, inputsOf, type MadeResource } from '../../support/pulumi/pulumi-mocks.ts';
import { configFor } from '../../support/pulumi/stack-configs.ts';

const buildContext = 'test/infra/engine/support/bad-canary';
const digest = `registry.perch.internal/shop/shop@sha256:${'a'.repeat(64)}`;

const server = (number: number, architecture?: string) => ({
  name: `web-${number}`,
  address: `198.18.1.${number}`,
  privateAddress: `10.0.0.${number}`,
  user: 'deploy',
  hostKey: 'ssh-ed25519 AAAA',
  ...(architecture !== undefined && { architecture }),
});

const builds = (made: readonly MadeResource[]) =>
  made
    .filter(({ type }) => type === 'docker:index/image:Image')
    .map(({ name, inputs }) => {
      const { platform } = inputs['build'] as { platform: string };
      return `${name} ${String(inputs['imageName']).split('/').at(-1)} ${platform}`;
    });

const scriptOf = (made: readonly MadeResource[], command: string) =>
  String(
    made.find(({ name, type }) => name === command && type.endsWith(':Command'))?.inputs['create'],
  );

test('hosts that name no architecture get images as before', async () => {
  const made = await composed(() => makeProd(configFor('server', { buildContext })));
  expect(builds(made)).toEqual(['runtime perch:perch linux/amd64', 'app shop:perch linux/amd64']);
  expect(made.filter(({ name }) => name.endsWith('-reference'))).toEqual([]);
  expect(scriptOf(made, 'app-web-1-pull')).not.toContain('platform');
});

test('a pair of hosts of two architectures gets one image of each, under one name', async () => {
  const servers = [server(1), server(2, 'arm64')];
  const made = await composed(() => makeProd(configFor('server', { servers, buildContext })));
  expect(builds(made)).toEqual([
    'runtime perch:perch linux/amd64',
    'runtime-arm64 perch:perch-arm64 linux/arm64',
    'app shop:perch linux/amd64',
    'app-arm64 shop:perch-arm64 linux/arm64',
  ]);
  // Those of the machine that builds; BuildKit pulls the others itself.
  expect(scriptOf(made, 'app-base-0-pull')).toContain('docker pull --quiet "$image"');
  expect(scriptOf(made, 'app-reference')).toMatch(
    /^docker manifest create registry\.perch\.internal\/shop\/shop:perch-index \S+@sha256:\S+ \S+@sha256:\S+ /m,
  );
  expect(scriptOf(made, 'app-web-1-pull')).toContain('docker pull --quiet --platform linux/amd64');
  expect(scriptOf(made, 'app-web-2-pull')).toContain('docker pull --quiet --platform linux/arm64');
  const members = inputsOf(made, 'Container').filter(({ labels }) =>
    JSON.stringify(labels).includes('"app"'),
  );
  expect(new Set(members.map(({ image }) => image)).size).toBe(1);
});

test('hosts of ARM alone get images of ARM alone, and Redis too', async () => {
  const made = await composed(() =>
    makeProd(configFor('server', { servers: [server(1, 'arm64')] })),
  );
  expect(builds(made)).toEqual(['runtime-arm64 perch:perch-arm64 linux/arm64']);
  expect(scriptOf(made, 'redis-pull')).toContain('docker pull --quiet --platform linux/arm64');
});

test('base images of a build for ARM alone are pulled for ARM, with the logins', async () => {
  const servers = [server(1, 'arm64')];
  const pullLogins = [{ server: 'docker.io', username: 'team', password: 'a-login-of-docker' }];
  const made = await composed(() =>
    makeProd(configFor('server', { servers, buildContext, pullLogins })),
  );
  for (const name of ['runtime-base-0-pull', 'app-base-0-pull']) {
    expect(scriptOf(made, name)).toContain('docker pull --quiet --platform linux/arm64');
    const pull = made.find((resource) => resource.name === name);
    expect(pull?.inputs['stdin']).toMatchObject({ value: 'team\na-login-of-docker\n' });
  }
});

test('an image that is given by its digest is built for nobody, and checked on each host', async () => {
  const servers = [server(1), server(2, 'arm64')];
  const given = { servers, image: digest, runtimeImage: digest };
  const made = await composed(() => makeProd(configFor('server', given)));
  expect(builds(made)).toEqual([]);
  expect(scriptOf(made, 'app-web-2-pull')).toContain(
    'is not for arm64, the architecture of this host: perch:image must name one that is, or an index of several',
  );
});

test.each([
  ['t3.small', 'amd64'],
  ['t4g.small', 'arm64'],
  ['m7gd.large', 'arm64'],
])('an instance of %s gets an AMI and images of %s', async (size, architecture) => {
  const calls: unknown[] = [];
  const made = await composed(() => makeProd(configFor('aws', { size })), calls);
  expect(JSON.stringify(calls)).toContain(`ubuntu-noble-24.04-${architecture}-server-*`);
  expect(builds(made).map((build) => build.split(' ')[2])).toEqual([`linux/${architecture}`]);
});
