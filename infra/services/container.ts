import type * as docker from '@pulumi/docker';
import { interpolate, type CustomResourceOptions, type Input } from '@pulumi/pulumi';
import { labels, type Part } from '../../runtime/contract/labels.ts';
import { containerLog, type ContainerLogArgs } from './container-log.ts';
import { dockerDuration } from './docker-duration.ts';

export interface ContainerOptions {
  readonly service: string;
  readonly part: Part;
  readonly image: Input<string>;
  /** Name to value. */
  readonly environment: Readonly<Record<string, Input<string>>>;
  readonly memoryMiB: number;
  /** Bound up to which the monitor may raise the limit, MiB. Default: twice `memoryMiB`. */
  readonly memoryCapMiB?: number;
  /** `CMD` or `CMD-SHELL`, then the command. */
  readonly healthCheck: readonly string[];
  /** Time limit to become healthy, seconds. */
  readonly startTimeoutSeconds: number;
  /** Time limit to stop before the engine kills it, seconds. */
  readonly stopTimeoutSeconds: number;
  /** Undefined: files on the host, with bounds. */
  readonly log?: ContainerLogArgs | undefined;
  /** Further labels, beside those of every container. */
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * Capabilities of the application's containers. An image that starts as root needs these to become
 * another user; it gets no other. The names are the engine's own: after a refresh, other names would
 * replace every container.
 */
export const stepDown = ['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_SETGID', 'CAP_SETUID'];

const mebibyte = 1_048_576;

/** Arguments of every container of Perch: bounded, watched and without unnecessary rights. */
export function containerArgs(options: ContainerOptions) {
  const capMiB = options.memoryCapMiB ?? options.memoryMiB * 2;
  const marks = {
    [labels.service]: options.service,
    [labels.part]: options.part,
    [labels.memoryCapBytes]: String(capMiB * mebibyte),
    ...options.labels,
  };
  return {
    image: options.image,
    envs: Object.entries(options.environment)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => interpolate`${name}=${value}`),
    labels: Object.entries(marks).map(([label, value]) => ({ label, value })),
    healthcheck: {
      tests: [...options.healthCheck],
      interval: '2s',
      timeout: '5s',
      retries: 3,
      startPeriod: dockerDuration(options.startTimeoutSeconds),
    },
    destroyGraceSeconds: options.stopTimeoutSeconds,
    restart: 'unless-stopped',
    memory: options.memoryMiB,
    memorySwap: options.memoryMiB,
    capabilities: { drops: ['ALL'] },
    securityOpts: ['no-new-privileges:true'],
    ...containerLog(options.log),
  } satisfies docker.ContainerArgs;
}

/**
 * Options of every container. Docker cannot change the start period of a container that exists. The
 * plugin says that it did, and shows the change again after every refresh. So a new time limit
 * counts from the next container on. The monitor may raise the memory while a container runs: that is
 * no drift, and no update takes it back.
 */
export const containerChanges = {
  ignoreChanges: ['healthcheck.startPeriod', 'memory', 'memorySwap'],
} satisfies CustomResourceOptions;

/** Makes a container's whole root read-only, with a /tmp from which no program can run. */
export const readOnlyRoot = {
  readOnly: true,
  tmpfs: { '/tmp': 'rw,noexec,nosuid,nodev,size=64m' },
} satisfies Partial<docker.ContainerArgs>;
