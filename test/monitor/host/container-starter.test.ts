import type { Container } from 'dockerode';
import { mkdtempSync, rmdirSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { ContainerStarter } from '../../../runtime/monitor/host/container-starter.ts';
import { DockerEngine } from '../../../runtime/monitor/host/engine/docker-engine.ts';
import { dockerSocket } from '../../support/docker.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { until } from '../../support/until.ts';
import { service, test, whyNoContainers } from './fixtures.ts';
import { unless } from '../../support/skip.ts';

/** A starter whose events go to `events`. */
function starterOf(docker: DockerEngine, events: string[], now = Date.now): ContainerStarter {
  return new ContainerStarter({
    docker,
    service,
    host: 'host-1',
    events: { append: ({ text }) => Promise.resolve(void events.push(text)) },
    by: 'test',
    now,
    logger: silentLogger,
  });
}

test('without an engine the starter reports no container', async () => {
  const starter = starterOf(new DockerEngine('/nowhere/docker.sock'), []);
  expect(await starter.start()).toEqual([]);
});

describe('with Docker', unless(whyNoContainers), () => {
  const shell = '/bin/busybox sleep 1000';
  const docker = new DockerEngine(dockerSocket);

  test('a container that Docker failed to start runs again once that is possible', async ({
    startContainer,
  }) => {
    const folder = mkdtempSync(join(tmpdir(), 'perch-starter-'));
    const plan = { shell, limitMiB: 64, restart: 'unless-stopped', folder } as const;
    const container = await startContainer(plan);
    rmdirSync(folder);
    process.kill((await container.inspect()).State.Pid, 'SIGKILL');
    await until(async () => (await container.inspect()).State.Error !== '', {
      what: 'Docker to fail to restart the container',
    });
    const events: string[] = [];
    let nowMs = 1_000_000;
    const starter = starterOf(docker, events, () => nowMs);
    const failed = [{ workload: 'canary-1', reason: expect.stringContaining(folder) }];
    expect(await starter.start()).toEqual(failed);
    mkdirSync(folder);
    nowMs += 1_999;
    expect(await starter.start()).toEqual(failed);
    expect(await isRunning(container)).toBe(false);
    nowMs += 1;
    expect(await starter.start()).toEqual([]);
    expect(await isRunning(container)).toBe(true);
    expect(events).toEqual([
      expect.stringMatching(/^started canary-1, which Docker could not start before: /),
    ]);
    await container.remove({ force: true });
    rmdirSync(folder);
  });

  test('a container that a person stopped stays down', async ({ startContainer }) => {
    const container = await startContainer({ shell, limitMiB: 64, restart: 'unless-stopped' });
    await container.stop({ t: 0 });
    const events: string[] = [];
    expect(await starterOf(docker, events).start()).toEqual([]);
    expect(await isRunning(container)).toBe(false);
    expect(events).toEqual([]);
  });

  async function isRunning(container: Container): Promise<boolean> {
    return (await container.inspect()).State.Running;
  }
});
