import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { indexInput, indexScript } from '../../../infra/images/index-script.ts';
import { pullInput, pullScript } from '../../../infra/images/pull-script.ts';
import { dockerMissing } from '../../support/docker.ts';
import { loadScratchImage } from '../../support/scratch-image.ts';
import { unless } from '../../support/skip.ts';
import {
  registryLogin,
  startRegistry,
  whyNoRegistry,
  type TestRegistry,
} from '../engine/support/registry.ts';

const missing = (await dockerMissing()) ?? whyNoRegistry();
const execute = promisify(execFile);
const docker = async (...args: string[]) => (await execute('docker', args)).stdout.trim();

async function run(script: string, input: string) {
  const child = spawn('sh', ['-c', script], { stdio: 'pipe' });
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (child.exitCode === null) await once(child, 'close');
  return { ok: child.exitCode === 0, stdout, stderr: stderr.trim() };
}

describe('An index of images in a registry', unless(missing), () => {
  let registry: TestRegistry;
  let images: string[];
  let index: string;

  beforeAll(async () => {
    registry = await startRegistry('login');
    const { username, password } = registryLogin;
    const server = registry.address.split('/')[0] ?? '';
    const shell = async (script: string) => (await execute('sh', ['-euc', script])).stdout.trim();
    images = [];
    for (const architecture of ['amd64', 'arm64']) {
      const tag = `${registry.address}/shop:${architecture}`;
      loadScratchImage(tag, architecture);
      images.push(
        await shell(`DOCKER_CONFIG=$(mktemp -d); export DOCKER_CONFIG
echo '${password}' | docker login --username ${username} --password-stdin ${server} > /dev/null 2>&1
docker push --quiet ${tag} > /dev/null
docker inspect --format '{{index .RepoDigests 0}}' ${tag}
docker rmi ${tag} > /dev/null`),
      );
    }
    const script = indexScript(`${registry.address}/shop:perch-index`, images);
    const made = await run(script, indexInput(server, username, password));
    expect(made.stderr).not.toContain(password);
    index = made.stdout;
  });
  afterAll(async () => {
    await docker('rmi', images[0] ?? '');
    await registry[Symbol.asyncDispose]();
  });

  const login = () => [{ server: registry.address.split('/')[0] ?? '', ...registryLogin }];
  const pull = async (image: string, architecture: 'amd64' | 'arm64') =>
    await run(
      pullScript({ image, key: 'image', architecture, waitsSeconds: [] }),
      pullInput(image, login()),
    );

  test('its name is one digest, by which a host gets the image of its architecture', async () => {
    expect(index).toMatch(/^127\.0\.0\.1:\d+\/perch\/shop@sha256:[0-9a-f]{64}$/);
    for (const architecture of ['arm64', 'amd64'] as const) {
      expect(await pull(index, architecture)).toMatchObject({ ok: true, stderr: '' });
      expect(await docker('inspect', '--format', '{{.Architecture}}', index)).toBe(architecture);
      await docker('rmi', index);
    }
  });

  test('an image for another architecture is refused with both names', async () => {
    const [amd64 = ''] = images;
    const { ok, stderr } = await pull(amd64, 'arm64');
    expect(ok).toBe(false);
    expect(stderr).toBe(
      `image ${amd64} is not for arm64, the architecture of this host: perch:image must name one that is, or an index of several`,
    );
  });
});
