import Docker, { type Container } from 'dockerode';
import { afterEach, describe, expect, it } from 'vitest';
import { labels } from '../../../../runtime/contract/labels.ts';
import type { Workload } from '../../../../runtime/core/host/host-sample.ts';
import { defaultMemory, memoryStepBytes } from '../../../../runtime/core/host/memory-policy.ts';
import {
  MemoryRaiser,
  type MemoryRaiserOptions,
} from '../../../../runtime/monitor/host/memory-raiser.ts';
import { Sampler } from '../../../../runtime/monitor/host/sampler.ts';
import { ContainerSource } from '../../../../runtime/monitor/host/sources/container-source.ts';
import { dockerClient } from '../../../../runtime/monitor/host/sources/docker-client.ts';
import { busyboxImage, dockerMissing, dockerSocket } from '../../../support/docker.ts';
import { silentLogger } from '../../../support/silent-logger.ts';
import { until } from '../../../support/until.ts';

const mib = 1_048_576;
const missing = await dockerMissing();
const image = missing === undefined ? busyboxImage() : undefined;
const reason = missing ?? (image === undefined ? 'no static busybox' : 'docker');
const service = `test-${process.pid}`;

describe.skipIf(image === undefined)(`ContainerSource (${reason})`, () => {
  const docker = new Docker({ socketPath: dockerSocket });
  const made: Container[] = [];

  const run = async (shell: string, limitMiB: number, restart = 'no', capMiB = 1_000) => {
    const container = await docker.createContainer({
      Image: image ?? '',
      Cmd: ['/bin/busybox', 'sh', '-c', shell],
      Labels: {
        [labels.service]: service,
        [labels.member]: 'canary-1',
        [labels.track]: 'canary',
        [labels.memoryCapBytes]: String(capMiB * mib),
      },
      HostConfig: {
        Memory: limitMiB * mib,
        MemorySwap: limitMiB * mib,
        NetworkMode: 'none',
        RestartPolicy: { Name: restart },
      },
    });
    made.push(container);
    await container.start();
    return container;
  };
  const newSource = () =>
    new ContainerSource({ docker: dockerClient(dockerSocket), service, now: Date.now });
  const look = async (source: ContainerSource): Promise<Workload | undefined> =>
    (await source.sample()).workloads?.[0];
  /** Holds `holdMiB` in the buffer of a dd that nobody reads from. */
  const hold = (holdMiB: number) =>
    `/bin/busybox dd if=/dev/zero bs=${holdMiB}M count=1 | /bin/busybox sleep 1000`;

  afterEach(async () => {
    for (const container of made.splice(0)) await container.remove({ force: true });
  });

  it('follows labelled containers that come and go', async () => {
    const source = newSource();
    expect(await look(source)).toBeUndefined();
    const container = await run('while :; do :; done', 64);
    const seen = await until(async () => {
      const workload = await look(source);
      return workload?.cpuPercent !== undefined && workload;
    });
    expect(seen).toMatchObject({
      name: 'canary-1',
      memberId: 'canary-1',
      track: 'canary',
      memoryLimitBytes: 64 * mib,
      memoryCapBytes: 1_000 * mib,
      restartedAt: [],
      oomKilledAt: [],
    });
    expect(seen.memoryBytes).toBeGreaterThan(0);
    await container.remove({ force: true });
    made.length = 0;
    expect(await look(source)).toBeUndefined();
  });

  it('notes restarts', async () => {
    const source = newSource();
    const container = await run(
      'while :; do /bin/busybox sleep 0.2; [ -e /crash ] && exit 1; done',
      64,
      'always',
    );
    await look(source);
    const exec = await container.exec({ Cmd: ['/bin/busybox', 'touch', '/crash'] });
    await exec.start({});
    const seen = await until(async () => {
      const workload = await look(source);
      return (workload?.restartedAt?.length ?? 0) > 0 && workload;
    });
    expect(seen.restartedAt?.[0]).toBeGreaterThan(Date.now() - 60_000);
  });

  it('notes that the kernel killed it for want of memory', async () => {
    const source = newSource();
    await run(`/bin/busybox sleep 0.5; ${hold(200)}`, 16);
    await until(async () => ((await look(source))?.oomKilledAt?.length ?? 0) > 0, {
      what: 'the OOM kill to be seen',
      everyMs: 200,
    });
  });

  const newRaiser = (events: string[], overrides: Partial<MemoryRaiserOptions> = {}) =>
    new MemoryRaiser({
      docker: dockerClient(dockerSocket),
      settings: { ...defaultMemory, reserveBytes: 0 },
      events: { append: ({ text }) => Promise.resolve(void events.push(text)) },
      by: 'test',
      now: Date.now,
      logger: silentLogger,
      ...overrides,
    });

  it('keeps a container alive that grows far beyond the limit that it began with', async () => {
    const container = await run('/bin/busybox sleep 1000', 64);
    const raises: string[] = [];
    const settings = { ...defaultMemory, reserveBytes: 0, pauseMs: 0 };
    const raiser = newRaiser(raises, { settings });
    const sampler = new Sampler({ host: 'host-1', sources: [newSource()], now: Date.now });
    for (const heldMiB of [48, 96, 144, 192, 240]) {
      const more = await container.exec({ Cmd: ['/bin/busybox', 'sh', '-c', hold(48)] });
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

  it('lets a container that grows have more memory, swap included, up to its cap', async () => {
    const container = await run(hold(40), 64, 'no', 200);
    const events: string[] = [];
    let nowMs = Date.now();
    const raiser = newRaiser(events, { now: () => nowMs });
    const sampler = new Sampler({ host: 'host-1', sources: [newSource()], now: Date.now });
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
    const capped = async () => {
      const seen = await sample();
      const workloads = seen.workloads.map((each) => ({ ...each, memoryBytes: 190 * mib }));
      return await raiser.raise({ ...seen, workloads });
    };
    expect(await capped()).toEqual([]);
    nowMs += 30_000;
    expect(await capped()).toEqual([]);
    expect(await limits()).toEqual([200 * mib, 200 * mib]);
    nowMs += 30_000;
    const why = 'its limit is at its cap';
    expect(await capped()).toEqual([{ workload: 'canary-1', reason: why }]);
  });
});

describe('ContainerSource without a Docker engine', () => {
  it('is a problem in the sample, not a crash', async () => {
    const docker = dockerClient('/nowhere/docker.sock');
    const sources = [new ContainerSource({ docker, service, now: Date.now })];
    const sample = await new Sampler({ host: 'host-1', sources, now: Date.now }).sample();
    expect(sample.workloads).toEqual([]);
    expect(sample.problems).toMatchObject([
      { source: 'docker', reason: expect.stringContaining('ENOENT') },
    ]);
  });
});
