import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { pruneBuilt } from '../../../infra/deploy/prune-built.ts';
import { busyboxImage, dockerMissing } from '../../support/docker.ts';
import { startRegistry, whyNoRegistry, type TestRegistry } from '../engine/support/registry.ts';
import { until } from '../../support/until.ts';
import { StandInPrograms } from '../../support/pulumi/stand-in-programs.ts';
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

describe('The build cache', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'perch-built-'));
    const programs = new StandInPrograms(join(folder, 'bin'));
    programs.add('docker', `echo "$*" >> '${join(folder, 'log')}'`);
    vi.stubEnv('PATH', `${programs.folder}:${process.env['PATH']}`);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });

  test.each([
    {
      place: 'a CI runner',
      isRunner: true,
      effect: 'is bounded by 5 GB',
      pruned: ['builder prune --force --keep-storage=5GB'],
    },
    { place: "a person's machine", isRunner: false, effect: 'is left alone', pruned: [] },
  ])('on $place $effect', async ({ isRunner, pruned }) => {
    const log = join(folder, 'log');
    await rm(log, { force: true });
    const said: string[] = [];
    await pruneBuilt({ images: ['r.io/shop@sha256:0'], isRunner, say: (line) => said.push(line) });
    const lines = (await readFile(log, 'utf8')).trim().split('\n');
    expect(said).toEqual([]);
    expect(lines[0]).toMatch(/^images .*r\.io\/shop$/);
    expect(lines.slice(1)).toEqual(pruned);
  });
});
