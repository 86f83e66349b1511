import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Sampler } from '../../../../runtime/monitor/host/sampler.ts';
import { HostSource } from '../../../../runtime/monitor/host/sources/host-source.ts';
import { PortableHostSource } from '../../../../runtime/monitor/host/sources/portable-host-source.ts';

describe('HostSource', () => {
  let procRoot: string;
  const write = async (cpu: string, memory = 'MemTotal: 8000 kB\nMemAvailable: 6000 kB\n') => {
    await writeFile(join(procRoot, 'stat'), `cpu  ${cpu}\ncpu0 ${cpu}\nintr 1\n`);
    await writeFile(join(procRoot, 'meminfo'), `MemFree: 100 kB\n${memory}`);
    await writeFile(join(procRoot, 'loadavg'), '0.52 0.58 0.59 1/389 12345\n');
  };

  beforeEach(async () => {
    procRoot = await mkdtemp(join(tmpdir(), 'perch-proc-'));
    await mkdir(procRoot, { recursive: true });
  });
  afterEach(async () => await rm(procRoot, { recursive: true, force: true }));

  it('has no CPU use at first, then that between two looks; waiting for disks is idle', async () => {
    const source = new HostSource({ procRoot, disks: [] });
    await write('100 0 100 700 100 0 0 0 50 0');
    expect(await source.sample()).not.toHaveProperty('cpuPercent');
    await write('130 10 110 740 105 3 2 0 80 0');
    expect((await source.sample()).cpuPercent).toBeCloseTo(55);
    expect(await source.sample()).not.toHaveProperty('cpuPercent');
  });

  it('counts as available what the kernel says can be had, not what is free', async () => {
    await write('1 1 1 1 0 0 0 0');
    const sample = await new HostSource({ procRoot, disks: [] }).sample();
    expect(sample).toMatchObject({
      memoryTotalBytes: 8_192_000,
      memoryAvailableBytes: 6_144_000,
      load1: 0.52,
    });
  });

  it('tells of the disks that there are, and that one is not', async () => {
    await write('1 1 1 1 0 0 0 0');
    const sample = await new HostSource({ procRoot, disks: ['/', '/nowhere'] }).sample();
    expect(sample.disks?.map(({ path }) => path)).toEqual(['/']);
    expect(sample.disks?.[0]?.usedPercent).toBeGreaterThan(0);
    expect(sample.disks?.[0]?.usedPercent).toBeLessThanOrEqual(100);
    expect(sample.problems).toMatchObject([{ source: 'disk /nowhere' }]);
  });

  it('is a problem of its own, and no zero, when it cannot read', async () => {
    await write('1 1 1 1 0 0 0 0', 'MemTotal: 8000 kB\n');
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

  it.skipIf(process.platform !== 'linux')('agrees with this machine', async () => {
    const source = new HostSource({ procRoot: '/proc', disks: ['/'] });
    await source.sample();
    const sample = await source.sample();
    expect(sample.memoryTotalBytes).toBeGreaterThan(100e6);
    expect(sample.memoryAvailableBytes).toBeLessThan(sample.memoryTotalBytes ?? 0);
  });
});

describe('PortableHostSource', () => {
  it('tells the same without /proc', async () => {
    const sample = await new PortableHostSource().sample();
    expect(sample.memoryTotalBytes).toBeGreaterThan(100e6);
    expect(sample.cpuPercent).toBeGreaterThanOrEqual(0);
  });
});
