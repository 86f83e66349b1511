import Docker, { type Container, type MountSettings } from 'dockerode';
import { test as base } from 'vitest';
import { labels } from '../../../runtime/contract/labels.ts';
import { DockerEngine } from '../../../runtime/monitor/host/engine/docker-engine.ts';
import { ContainerSource } from '../../../runtime/monitor/host/sources/container-source.ts';
import {
  busyboxImage,
  dockerMissing,
  dockerSocket,
  statisticsMissing,
} from '../../support/docker.ts';

export const mib = 1_048_576;

const missing = await dockerMissing();
const image = missing === undefined ? busyboxImage() : undefined;
/** Reason why tests cannot start containers here. Undefined: they can. */
export const whyNoContainers =
  missing ?? (image === undefined ? 'a static busybox must be on PATH' : undefined);

/** Reason why tests cannot read what containers use here. Undefined: they can. */
export const whyNoStatistics =
  whyNoContainers ?? (image === undefined ? undefined : await statisticsMissing(image));

export const service = `test-${process.pid}`;

export interface ContainerPlan {
  /** Shell script that it runs. */
  readonly shell: string;
  readonly limitMiB: number;
  /** Default: `no`. */
  readonly restart?: 'no' | 'always' | 'unless-stopped';
  /** Default: 1,000. */
  readonly capMiB?: number;
  /** Folder without which it cannot start. Default: none. */
  readonly folder?: string;
}

/** Tests with containers of a canary; `startContainer` removes them afterwards. */
export const test = base
  .extend('docker', async ({}): Promise<Docker> => new Docker({ socketPath: dockerSocket }))
  .extend('startContainer', async ({ docker }, { onCleanup }) => {
    const started: Container[] = [];
    onCleanup(async () => {
      for (const container of started) await container.remove({ force: true }).catch(ignoreGone);
    });
    return async (plan: ContainerPlan): Promise<Container> => {
      const { shell, limitMiB, restart = 'no', capMiB = 1_000, folder } = plan;
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
          ...(folder !== undefined && { Mounts: [mountOf(folder)] }),
        },
      });
      started.push(container);
      await container.start();
      return container;
    };
  });

/** @param aheadMs by which the engine's clock is ahead of Redis'. */
export function containerSource(aheadMs = 0): ContainerSource {
  return new ContainerSource({
    docker: new DockerEngine(dockerSocket),
    service,
    now: () => Date.now() - aheadMs,
    engineNow: Date.now,
  });
}

/** Shell script that holds `holdMiB` in the buffer of a dd that nobody reads from. */
export function holdMemory(holdMiB: number): string {
  return `/bin/busybox dd if=/dev/zero bs=${holdMiB}M count=1 | /bin/busybox sleep 1000`;
}

function mountOf(folder: string): MountSettings {
  return { Type: 'bind', Source: folder, Target: '/folder' };
}

function ignoreGone(error: unknown): void {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  if (status !== 404) throw error;
}
