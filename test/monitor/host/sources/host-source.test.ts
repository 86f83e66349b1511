import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test as base } from 'vitest';
import { Sampler } from '../../../../runtime/monitor/host/sampler.ts';
import { HostSource } from '../../../../runtime/monitor/host/sources/host-source.ts';
import { PortableHostSource } from '../../../../runtime/monitor/host/sources/portable-host-source.ts';
import { unless, whyNoLinux } from '../../../support/skip.ts';

// oxlint-disable-next-line no-empty-pattern -- vitest reads the names of the fixtures from it
const test = base.extend('procRoot', async ({}, { onCleanup }): Promise<string> => {
  const procRoot = await mkdtemp(join(tmpdir(), 'perch-proc-'));
  onCleanup(() => rm(procRoot, { recursive: true, force: true }));
  return procRoot;
});

async function writeProc(
  procRoot: string,
  cpu: string,
  memory = 'MemTotal: 8000 kB\nMemAvailable: 6000 kB\n',
): Promise<void> {
  await writeFile(join(procRoot, 'stat'), `cpu  ${cpu}\ncpu0 ${cpu}\nintr 1\n`);
  await writeFile(join(procRoot, 'meminfo'), `MemFree: 100 kB\n${memory}`);
  await writeFile(join(procRoot, 'loadavg'), '0.52 0.58 0.59 1/389 12345\n');
}

test('the host source reports CPU use from the second sample on, and counts waiting for disks as idle', async ({
  procRoot,
}) => {
  const source = new HostSource({ procRoot, disks: [] });
  await writeProc(procRoot, '100 0 100 700 100 0 0 0 50 0');
  expect(await source.sample()).not.toHaveProperty('cpuPercent');
  await writeProc(procRoot, '130 10 110 740 105 3 2 0 80 0');
  expect((await source.sample()).cpuPercent).toBeCloseTo(55);
  expect(await source.sample()).not.toHaveProperty('cpuPercent');
});

test("the host source reports the kernel's available memory, not the free memory", async ({
  procRoot,
}) => {
  await writeProc(procRoot, '1 1 1 1 0 0 0 0');
  const sample = await new HostSource({ procRoot, disks: [] }).sample();
  expect(sample).toMatchObject({
    memoryTotalBytes: 8_192_000,
    memoryAvailableBytes: 6_144_000,
    load1: 0.52,
  });
});

test('the host source reports existing disks, and a missing one as a problem', async ({
  procRoot,
}) => {
  await writeProc(procRoot, '1 1 1 1 0 0 0 0');
  const sample = await new HostSource({ procRoot, disks: ['/', '/nowhere'] }).sample();
  expect(sample.disks?.map(({ path }) => path)).toEqual(['/']);
  expect(sample.disks?.[0]?.usedPercent).toBeGreaterThan(0);
  expect(sample.disks?.[0]?.usedPercent).toBeLessThanOrEqual(100);
  expect(sample.problems).toMatchObject([{ source: 'disk /nowhere' }]);
});

test(
  'the host source watches the disk of the Docker engine too, unless a watched path is on it',
  unless(whyNoLinux()),
  async ({ procRoot }) => {
    await writeProc(procRoot, '1 1 1 1 0 0 0 0');
    const pathsWith = async (disks: string[], engineFolder: () => Promise<string>) => {
      const sample = await new HostSource({ procRoot, disks, engineFolder }).sample();
      return sample.disks?.map(({ path }) => path);
    };
    // A file system of its own on every Linux.
    const elsewhere = '/proc';
    expect(await pathsWith(['/'], async () => elsewhere)).toEqual(['/', elsewhere]);
    expect(await pathsWith(['/'], async () => '/')).toEqual(['/']);
    expect(await pathsWith([elsewhere], async () => elsewhere)).toEqual([elsewhere]);
  },
);

test(
  'the host source reports the other disks while the Docker engine does not answer',
  unless(whyNoLinux()),
  async ({ procRoot }) => {
    await writeProc(procRoot, '1 1 1 1 0 0 0 0');
    let answers = false;
    const engineFolder = async () => {
      if (!answers) throw new Error('connect ENOENT /var/run/docker.sock');
      return '/proc';
    };
    const source = new HostSource({ procRoot, disks: ['/'], engineFolder });
    // The engine's own source reports the failure.
    expect(await source.sample()).toMatchObject({ disks: [{ path: '/' }], problems: [] });
    answers = true;
    expect((await source.sample()).disks?.map(({ path }) => path)).toEqual(['/', '/proc']);
  },
);

test('a host source that cannot read becomes a problem, not a zero', async ({ procRoot }) => {
  await writeProc(procRoot, '1 1 1 1 0 0 0 0', 'MemTotal: 8000 kB\n');
  const sources = [new HostSource({ procRoot, disks: [] })];
  const sample = await new Sampler({ host: 'host-1', sources, now: () => 5 }).sample();
  expect(sample).toEqual({
    host: 'host-1',
    at: 5,
    disks: [],
    workloads: [],
    problems: [{ source: 'host', reason: 'its meminfo has no MemAvailable' }],
  });
});

test('the host source agrees with this machine', unless(whyNoLinux()), async () => {
  const source = new HostSource({ procRoot: '/proc', disks: ['/'] });
  await source.sample();
  const sample = await source.sample();
  expect(sample.memoryTotalBytes).toBeGreaterThan(100e6);
  expect(sample.memoryAvailableBytes).toBeLessThan(sample.memoryTotalBytes ?? 0);
});

test('the portable host source samples a host without /proc', async () => {
  const sample = await new PortableHostSource().sample();
  expect(sample.memoryTotalBytes).toBeGreaterThan(100e6);
  expect(sample.cpuPercent).toBeGreaterThanOrEqual(0);
});
