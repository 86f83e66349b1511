import { expect, test } from 'vitest';
import type { HostSample } from '../../../runtime/core/host/host-sample.ts';
import { defaultMemory } from '../../../runtime/core/host/memory-policy.ts';
import { MemoryRaiser } from '../../../runtime/monitor/host/memory-raiser.ts';
import { dockerClient } from '../../../runtime/monitor/host/sources/docker-client.ts';
import { silentLogger } from '../../support/silent-logger.ts';

const mib = 1_048_576;

/** What it says while the Docker engine takes no change; with a real engine see container-source.test.ts. */
test('a raise that the engine refuses is told of until the next try', async () => {
  let nowMs = 0;
  const raiser = new MemoryRaiser({
    docker: dockerClient('/nowhere/docker.sock'),
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
