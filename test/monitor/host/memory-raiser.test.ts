import { describe, expect } from 'vitest';
import type { HostSample } from '../../../runtime/core/host/host-sample.ts';
import { defaultMemory, memoryStepBytes } from '../../../runtime/core/host/memory-policy.ts';
import {
  MemoryRaiser,
  type MemoryRaiserOptions,
} from '../../../runtime/monitor/host/memory-raiser.ts';
import { Sampler } from '../../../runtime/monitor/host/sampler.ts';
import { DockerEngine } from '../../../runtime/monitor/host/engine/docker-engine.ts';
import { dockerSocket } from '../../support/docker.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { until } from '../../support/until.ts';
import { containerSource, holdMemory, mib, test, whyNoStatistics } from './fixtures.ts';
import { unless } from '../../support/skip.ts';

/** A raiser with the default settings, but without a reserve; its events go to `events`. */
function raiserOf(events: string[], overrides: Partial<MemoryRaiserOptions> = {}): MemoryRaiser {
  return new MemoryRaiser({
    docker: new DockerEngine(dockerSocket),
    settings: { ...defaultMemory, reserveBytes: 0 },
    events: { append: ({ text }) => Promise.resolve(void events.push(text)) },
    by: 'test',
    now: Date.now,
    logger: silentLogger,
    ...overrides,
  });
}

test('a raise that Docker refuses is reported until the next attempt', async () => {
  let nowMs = 0;
  const raiser = new MemoryRaiser({
    docker: new DockerEngine('/nowhere/docker.sock'),
    settings: defaultMemory,
    events: { append: () => Promise.reject(new Error('nothing was raised')) },
    by: 'test',
    now: () => nowMs,
    logger: silentLogger,
  });
  const sample: HostSample = {
    host: 'host-1',
    at: 0,
    memoryAvailableBytes: 4_000 * mib,
    disks: [],
    problems: [],
    workloads: [{ id: 'c1', name: 'redis', memoryBytes: 60 * mib, memoryLimitBytes: 100 * mib }],
  };
  for (nowMs = 0; nowMs <= 40_000; nowMs += 2_000) {
    const needs = await raiser.raise(sample);
    expect(needs).toMatchObject([
      { workload: 'host-1/redis', reason: expect.stringContaining('ENOENT') },
    ]);
  }
});

describe('with Docker', unless(whyNoStatistics), () => {
  test('the raiser keeps a container alive that grows far beyond its first limit', async ({
    startContainer,
  }) => {
    const container = await startContainer({ shell: '/bin/busybox sleep 1000', limitMiB: 64 });
    const raises: string[] = [];
    const settings = { ...defaultMemory, reserveBytes: 0, pauseMs: 0 };
    const raiser = raiserOf(raises, { settings });
    const sampler = new Sampler({ host: 'host-1', sources: [containerSource()], now: Date.now });
    for (const heldMiB of [48, 96, 144, 192, 240]) {
      const more = await container.exec({ Cmd: ['/bin/busybox', 'sh', '-c', holdMemory(48)] });
      await more.start({ Detach: true });
      const sample = await until(
        async () => {
          const sample = await sampler.sample();
          return (sample.workloads[0]?.memoryBytes ?? 0) >= heldMiB * mib && sample;
        },
        { what: `the container to hold ${heldMiB} MiB`, everyMs: 20 },
      );
      expect(sample.workloads).toMatchObject([{ oomKilledAt: [], restartedAt: [] }]);
      expect(await raiser.raise({ ...sample, memoryAvailableBytes: 4_000 * mib })).toEqual([]);
    }
    const { State, HostConfig } = await container.inspect();
    expect(State).toMatchObject({ Running: true, OOMKilled: false });
    expect(HostConfig.Memory).toBe(64 * mib + 5 * memoryStepBytes);
    expect(raises).toHaveLength(5);
  });

  test('the raiser gives a growing container more memory, swap included, up to its cap', async ({
    startContainer,
  }) => {
    const container = await startContainer({ shell: holdMemory(40), limitMiB: 64, capMiB: 200 });
    const events: string[] = [];
    let nowMs = Date.now();
    const raiser = raiserOf(events, { now: () => nowMs });
    const sampler = new Sampler({ host: 'host-1', sources: [containerSource()], now: Date.now });
    const sample = async () => ({ ...(await sampler.sample()), memoryAvailableBytes: 4_000 * mib });
    await until(async () => ((await sample()).workloads[0]?.memoryBytes ?? 0) > 33 * mib, {
      what: 'the container to hold more than half of its limit',
    });
    expect(await raiser.raise(await sample())).toEqual([]);
    const limits = async () => {
      const { Memory, MemorySwap } = (await container.inspect()).HostConfig;
      return [Memory, MemorySwap];
    };
    expect(await limits()).toEqual([64 * mib + memoryStepBytes, 64 * mib + memoryStepBytes]);
    expect(events).toEqual([
      expect.stringMatching(/^memory limit of canary-1 raised from 67\.1 MB/),
    ]);
    expect((await sample()).workloads[0]?.memoryLimitBytes).toBe(64 * mib + memoryStepBytes);
    const raiseAtCap = async () => {
      const newest = await sample();
      const workloads = newest.workloads.map((each) => ({ ...each, memoryBytes: 190 * mib }));
      return await raiser.raise({ ...newest, workloads });
    };
    expect(await raiseAtCap()).toEqual([]);
    nowMs += 30_000;
    expect(await raiseAtCap()).toEqual([]);
    expect(await limits()).toEqual([200 * mib, 200 * mib]);
    nowMs += 30_000;
    const reason = 'its limit is at its cap';
    expect(await raiseAtCap()).toEqual([{ workload: 'canary-1', reason }]);
  });
});
