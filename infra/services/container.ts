import type * as docker from '@pulumi/docker';
import { interpolate, type Input } from '@pulumi/pulumi';
import { labels, type Part } from '../../runtime/contract/labels.ts';
import { goDuration } from './docker-duration.ts';

export interface ContainerSettings {
  readonly service: string;
  readonly part: Part;
  readonly image: Input<string>;
  /** Name to value. */
  readonly environment: Readonly<Record<string, Input<string>>>;
  readonly memoryMiB: number;
  /** Up to where the monitor may raise the limit. Default: twice the limit. */
  readonly memoryCapMiB?: number;
  /** `CMD` or `CMD-SHELL`, then the command. */
  readonly healthCheck: readonly string[];
  /** How long it may take to become healthy, seconds. */
  readonly startTimeoutSeconds: number;
  /** How long it may take to stop before it is killed, seconds. */
  readonly stopTimeoutSeconds: number;
  /** Beyond service and part. */
  readonly labels?: Readonly<Record<string, string>>;
}

const mebibyte = 1_048_576;

/** What every container of Perch is made with: bounded, watched, and with no right that it can do without. */
export function containerArgs(settings: ContainerSettings) {
  const capMiB = settings.memoryCapMiB ?? settings.memoryMiB * 2;
  const marks = {
    [labels.service]: settings.service,
    [labels.part]: settings.part,
    [labels.memoryCapBytes]: String(capMiB * mebibyte),
    ...settings.labels,
  };
  return {
    image: settings.image,
    envs: Object.entries(settings.environment)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => interpolate`${name}=${value}`),
    labels: Object.entries(marks).map(([label, value]) => ({ label, value })),
    healthcheck: {
      tests: [...settings.healthCheck],
      interval: '2s',
      timeout: '5s',
      retries: 3,
      startPeriod: goDuration(settings.startTimeoutSeconds),
    },
    wait: true,
    waitTimeout: settings.startTimeoutSeconds,
    destroyGraceSeconds: settings.stopTimeoutSeconds,
    restart: 'unless-stopped',
    memory: settings.memoryMiB,
    memorySwap: settings.memoryMiB,
    capabilities: { drops: ['ALL'] },
    securityOpts: ['no-new-privileges:true'],
    logDriver: 'json-file',
    logOpts: { 'max-size': '10m', 'max-file': '3' },
  } satisfies docker.ContainerArgs;
}

/** For containers whose whole root can be read-only: they get a /tmp that no program can run from. */
export const readOnlyRoot = {
  readOnly: true,
  tmpfs: { '/tmp': 'rw,noexec,nosuid,nodev,size=64m' },
} satisfies Partial<docker.ContainerArgs>;
