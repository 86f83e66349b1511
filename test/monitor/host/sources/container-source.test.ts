import { describe, expect } from 'vitest';
import type { Workload } from '../../../../runtime/core/host/host-sample.ts';
import { Sampler } from '../../../../runtime/monitor/host/sampler.ts';
import { ContainerSource } from '../../../../runtime/monitor/host/sources/container-source.ts';
import { DockerEngine } from '../../../../runtime/monitor/host/engine/docker-engine.ts';
import { until } from '../../../support/until.ts';
import {
  containerSource,
  holdMemory,
  mib,
  service,
  test,
  whyNoContainers,
  whyNoStatistics,
} from '../fixtures.ts';
import { unless } from '../../../support/skip.ts';

async function workloadOf(source: ContainerSource): Promise<Workload | undefined> {
  return (await source.sample()).workloads?.[0];
}

describe('with Docker', unless(whyNoContainers), () => {
  test(
    'the container source follows labelled containers that come and go',
    unless(whyNoStatistics),
    async ({ startContainer }) => {
      const source = containerSource();
      expect(await workloadOf(source)).toBeUndefined();
      const container = await startContainer({ shell: 'while :; do :; done', limitMiB: 64 });
      const busy = await until(async () => {
        const workload = await workloadOf(source);
        return workload?.cpuPercent !== undefined && workload;
      });
      expect(busy).toMatchObject({
        name: 'canary-1',
        memberId: 'canary-1',
        track: 'canary',
        memoryLimitBytes: 64 * mib,
        memoryCapBytes: 1_000 * mib,
        restartedAt: [],
        oomKilledAt: [],
      });
      expect(busy.memoryBytes).toBeGreaterThan(0);
      await container.remove({ force: true });
      expect(await workloadOf(source)).toBeUndefined();
    },
  );

  test('the container source records restarts', async ({ startContainer }) => {
    const source = containerSource();
    const container = await startContainer({
      shell: 'while :; do /bin/busybox sleep 0.2; [ -e /crash ] && exit 1; done',
      limitMiB: 64,
      restart: 'always',
    });
    await workloadOf(source);
    const exec = await container.exec({ Cmd: ['/bin/busybox', 'touch', '/crash'] });
    await exec.start({});
    const restarted = await until(async () => {
      const workload = await workloadOf(source);
      return (workload?.restartedAt?.length ?? 0) > 0 && workload;
    });
    expect(restarted.restartedAt?.[0]).toBeGreaterThan(Date.now() - 60_000);
  });

  test(
    "the container source records OOM kills by Redis' clock",
    unless(whyNoStatistics),
    async ({ startContainer }) => {
      const aheadMs = 3_600_000;
      const source = containerSource(aheadMs);
      await startContainer({ shell: `/bin/busybox sleep 0.5; ${holdMemory(200)}`, limitMiB: 16 });
      const killed = await until(
        async () => {
          const workload = await workloadOf(source);
          return (workload?.oomKilledAt?.length ?? 0) > 0 && workload;
        },
        { what: 'the OOM kill to be recorded', everyMs: 200 },
      );
      expect(killed.oomKilledAt?.[0]).toBeLessThanOrEqual(Date.now() - aheadMs);
    },
  );
});

test('a container source without a Docker engine is a problem in the sample, not a crash', async () => {
  const docker = new DockerEngine('/nowhere/docker.sock');
  const sources = [new ContainerSource({ docker, service, now: Date.now, engineNow: Date.now })];
  const sample = await new Sampler({ host: 'host-1', sources, now: Date.now }).sample();
  expect(sample.workloads).toEqual([]);
  expect(sample.problems).toMatchObject([
    { source: 'docker', reason: expect.stringContaining('ENOENT') },
  ]);
});
