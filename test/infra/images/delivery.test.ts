import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { makeProd } from '../../../infra/stacks/prod.ts';
import { clearText, composed, inputsOf } from '../../support/pulumi/pulumi-mocks.ts';
import { configFor } from '../../support/pulumi/stack-configs.ts';
import { StandInPrograms } from '../../support/pulumi/stand-in-programs.ts';

const folder = mkdtempSync(join(tmpdir(), 'perch-delivery-'));
const programs = new StandInPrograms(join(folder, 'bin'));
const asked = join(folder, 'asked');
const digest = (name: string) => `${name}@sha256:${'a'.repeat(64)}`;
const buildContext = 'test/infra/engine/support/bad-canary';

beforeEach(() => {
  // A host that has every image.
  programs.add('ssh', `for word; do :; done\necho "$word" >> ${asked}\necho present`);
  vi.stubEnv('PATH', `${programs.folder}:${process.env['PATH'] ?? ''}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(asked, { force: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

const imagesAskedFor = () =>
  [...readFileSync(asked, 'utf8').matchAll(/image inspect (\S+) >/g)].map(([, name]) => name);

test('without a registry nothing is pushed, and hosts are asked for what they have by one name', async () => {
  const made = await composed(() =>
    makeProd(configFor('server', { registry: 'none', buildContext })),
  );
  const built = inputsOf(made, 'Image');
  expect(built.map(({ imageName, skipPush }) => [imageName, skipPush])).toEqual([
    ['127.0.0.1:30775/perch:perch', true],
    ['127.0.0.1:30775/shop:perch', true],
  ]);
  const pulled = new Set(inputsOf(made, 'RemoteImage').map(({ name }) => String(name)));
  expect([...pulled].map((name) => name.split('@')[0]).toSorted()).toEqual([
    '127.0.0.1:30775/perch',
    '127.0.0.1:30775/shop',
  ]);
  expect(imagesAskedFor().toSorted()).toEqual([...pulled, ...pulled, 'redis:7'].toSorted());
  const containers = inputsOf(made, 'Container').map(({ image }) => image);
  expect(new Set(containers)).toEqual(new Set([...pulled, 'redis:7']));
  expect(clearText(made)).not.toContain('PRIVATE KEY');
});

test('without a registry, an image that is named by the digest of one is pulled by the hosts', async () => {
  const image = digest('registry.perch.internal/shop');
  const runtimeImage = digest('127.0.0.1:30775/perch');
  const made = await composed(() =>
    makeProd(configFor('server', { registry: 'none', image, runtimeImage })),
  );
  expect(inputsOf(made, 'Image')).toEqual([]);
  expect(imagesAskedFor().toSorted()).toEqual([runtimeImage, runtimeImage, 'redis:7']);
  const pull = made.find(({ name }) => name === 'app-web-1-pull');
  expect(pull?.inputs['create']).toContain(`image='${image}'`);
});

test('with a registry, no host is asked for anything', async () => {
  await composed(() => makeProd(configFor('server', { buildContext })));
  expect(() => imagesAskedFor()).toThrow('ENOENT');
});

test('guests learn that the hosts have no registry, and canary stacks which architectures they have', async () => {
  const offered: unknown[] = [];
  await composed(() => {
    const prod = makeProd(
      configFor('server', {
        registry: 'none',
        hosts: ['shop.perch.internal'],
        tls: 'none',
        servers: [server(1), { ...server(2), architecture: 'arm64' }],
      }),
    );
    prod.hostConnection?.apply((connection) => offered.push(connection));
    prod.connection?.apply((connection) => offered.push(connection));
  });
  expect(offered).toContainEqual(
    expect.objectContaining({
      sendsImages: true,
      hosts: [
        expect.not.objectContaining({ architecture: 'amd64' }),
        expect.objectContaining({ architecture: 'arm64' }),
      ],
    }),
  );
  expect(offered).toContainEqual(
    expect.objectContaining({ control: expect.anything(), architectures: ['amd64', 'arm64'] }),
  );
});

test('a stack of amd64 hosts with a registry offers nothing new', async () => {
  const offered: object[] = [];
  await composed(() => {
    const hosts = ['shop.perch.internal'];
    const prod = makeProd(configFor('server', { hosts, tls: 'none' }));
    prod.hostConnection?.apply((connection) => offered.push(connection));
    prod.connection?.apply((connection) => offered.push(connection));
  });
  expect(offered).toHaveLength(2);
  expect(JSON.stringify(offered)).not.toMatch(/sendsImages|architecture/);
});

function server(number: number) {
  return {
    name: `web-${number}`,
    address: `198.18.1.${number}`,
    privateAddress: `10.0.0.${number}`,
    user: 'deploy',
    hostKey: 'ssh-ed25519 AAAA',
  };
}
