import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { pruneBuilt } from '../../../infra/deploy/prune-built.ts';
import { busyboxImage, dockerMissing } from '../../support/docker.ts';
import { startRegistry, whyNoRegistry, type TestRegistry } from '../engine/support/registry.ts';
import { until } from '../../support/until.ts';
import { unless } from '../../support/skip.ts';

const missing = (await dockerMissing()) ?? whyNoRegistry();
const execute = promisify(execFile);
const docker = async (...args: string[]) => (await execute('docker', args)).stdout.trim();

describe('A machine that builds', unless(missing), () => {
  let registry: TestRegistry;
  let built: string[];
  let container: string;

  /** Builds and pushes as the plugin does: every build takes over the tag `perch`. */
  async function build(number: number): Promise<string> {
    const tag = `${registry.address}/shop:perch`;
    await docker('commit', '--change', `LABEL built=${process.pid}-${number}`, container, tag);
    await docker('push', '--quiet', tag);
    return await docker('inspect', '--format', '{{index .RepoDigests 0}}', tag);
  }

  const present = async () =>
    (await Promise.all(built.map((image) => docker('images', '-q', image)))).map((id) => id !== '');

  beforeAll(async () => {
    registry = await startRegistry();
    container = await docker('create', busyboxImage() ?? '', '/bin/busybox', 'true');
    built = [];
    for (const number of [1, 2, 3, 4, 5]) {
      built.push(await build(number));
      // Docker sorts images by the second in which they were made.
      const second = Math.floor(Date.now() / 1_000);
      await until(() => Math.floor(Date.now() / 1_000) > second);
    }
  });
  afterAll(async () => {
    const left = await present();
    const images = built.filter((_, index) => left[index]);
    await docker('rm', '-f', container, `built-${process.pid}`);
    await docker('rmi', `${registry.address}/shop:perch`, ...images.slice(0, -1));
    await registry[Symbol.asyncDispose]();
  });

  test('it keeps the newest three images, those in use, and those of others', async () => {
    const [inUse = ''] = built;
    await docker('create', '--name', `built-${process.pid}`, inUse, '/bin/busybox', 'true');
    const said: string[] = [];
    const images = [built.at(-1) ?? '', 'sha256:of-this-machine', `no.example/x@sha256:0`];
    await pruneBuilt({ images, isRunner: false, say: (line) => said.push(line) });
    expect(await present()).toEqual([true, false, true, true, true]);
    expect(said).toEqual(['removed an image of an earlier build from this machine']);
    expect(await docker('images', '-q', busyboxImage() ?? '')).not.toBe('');
  });
});

test('a machine without Docker only says so', async () => {
  vi.stubEnv('PATH', '/nowhere');
  const said: string[] = [];
  const images = ['r.io/shop@sha256:0'];
  await pruneBuilt({ images, isRunner: true, say: (line) => said.push(line) });
  vi.unstubAllEnvs();
  expect(said).toEqual(['images of earlier builds were not removed: docker must be on PATH']);
});
