/** The hooks and workers of a stack's release. */
import type * as pulumi from '@pulumi/pulumi';
import type { StackConfig } from '../config/stack-config.ts';
import type { Host } from '../hosts/host.ts';
import { Workers, type WorkerArgs } from '../services/workers.ts';
import { releaseHook, type ReleaseHookArgs } from '../services/release-hook.ts';
import type { PartOptions } from '../shell/part-options.ts';
import { appArgs } from './service-args.ts';

type Shared = Pick<
  ReleaseHookArgs,
  'track' | 'image' | 'version' | 'redis' | 'control' | 'roleAccess'
>;

/** A release of the application, as its hooks and workers need it. */
export interface ReleaseParts extends Shared {
  readonly hosts: readonly Host[];
  /** Prefix of the names of its hooks, if the stack has another release. */
  readonly hookPrefix?: string;
  /** Servers on its hosts of what its hooks, members and workers ask for: flags, credentials. */
  readonly servers: readonly pulumi.Resource[];
  readonly opts: PartOptions;
}

/**
 * Makes the command before the release, after the servers of its hosts. Both are created before any member is
 * reserved. Empty if there are none.
 */
export function beforeRelease(config: StackConfig, parts: ReleaseParts): pulumi.Resource[] {
  const { servers } = parts;
  return [...servers, ...hookOf(config, 'beforeRelease', parts, servers)];
}

/**
 * The command after the release. Empty if there is none.
 * @param serving what serves the release.
 */
export function afterRelease(
  config: StackConfig,
  parts: ReleaseParts,
  serving: readonly pulumi.Resource[],
): pulumi.Resource[] {
  return hookOf(config, 'afterRelease', parts, serving);
}

function hookOf(
  config: StackConfig,
  hook: ReleaseHookArgs['hook'],
  { hosts, hookPrefix = '', servers: _before, opts, ...parts }: ReleaseParts,
  after: readonly pulumi.Resource[],
): pulumi.Resource[] {
  const command = config[hook];
  const [host] = hosts;
  if (command.length === 0 || host === undefined) return [];
  const name = { beforeRelease: 'before-release', afterRelease: 'after-release' }[hook];
  const { hookRerun: rerun, hookTimeoutSeconds: timeoutSeconds } = config;
  const args = {
    ...appArgs(config, parts.track),
    ...parts,
    hook,
    command,
    host,
    rerun,
    timeoutSeconds,
    after,
  };
  return [releaseHook(`${hookPrefix}${name}`, args, opts)];
}

/**
 * The workers of a release. Empty if it has none: a canary has only those that are for canaries too.
 * @param after what is created before any worker.
 */
export function makeWorkers(
  config: StackConfig,
  { opts, ...parts }: ReleaseParts,
  after: readonly pulumi.Resource[],
): pulumi.Resource[] {
  const { track } = parts;
  const workers = Object.entries(config.workers).filter(
    ([, { onCanary }]) => track === 'stable' || onCanary,
  );
  if (workers.length === 0) return [];
  const named: Record<string, WorkerArgs> = Object.fromEntries(workers);
  return [
    new Workers(
      `${track}-workers`,
      { ...appArgs(config, track), ...parts, workers: named, after },
      opts,
    ),
  ];
}
