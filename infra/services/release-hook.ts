import { createHash } from 'node:crypto';
import * as pulumi from '@pulumi/pulumi';
import { labels } from '../../runtime/contract/labels.ts';
import type { Hook } from '../../runtime/contract/names.ts';
import type { Host } from '../hosts/host.ts';
import { shellCommand } from '../hosts/shell-command.ts';
import type { HostImage } from '../images/host-image.ts';
import type { Control } from '../release/control.ts';
import { hookScript } from '../shell/hook-script.ts';
import { whenMade } from '../shell/when-made.ts';
import { appEnvironment, type AppEnvironmentArgs } from './app-environment.ts';
import { containerLog } from './container-log.ts';
import { stepDown } from './container.ts';

export interface ReleaseHookArgs extends AppEnvironmentArgs {
  readonly hook: Hook;
  /** Program and arguments; they replace the image's CMD. */
  readonly command: readonly string[];
  /** Host that runs it. A monitor of the service must run there. */
  readonly host: Host;
  readonly image: HostImage;
  readonly control: Control;
  /** Text that makes the hook run again when it is another one. */
  readonly rerun: string | undefined;
  /** Time after which it is killed, seconds. */
  readonly timeoutSeconds: number;
  readonly memoryLimitMiB: number;
  /** Resources created before it. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * Runs a command once for each image, in a container of its own. Perch's record of the runs decides, so
 * that neither a promotion nor a rollback repeats a migration.
 */
export function releaseHook(
  name: string,
  args: ReleaseHookArgs,
  opts: pulumi.CustomResourceOptions = {},
): pulumi.Resource {
  const { hook, command, host, control, redis, timeoutSeconds, rerun = '' } = args;
  const image = pulumi.output(args.image(host));
  const key = whenMade(image, (reference) => keyOf(args, reference));
  const inputs = pulumi.all([
    image,
    key,
    host.network.name,
    pulumi.all(appEnvironment(host, args)),
  ]);
  const stdin = whenMade(inputs, ([image, key, network, environment]) =>
    hookScript({
      hook,
      monitored: control,
      host: host.name,
      key,
      image,
      command,
      environment,
      options: containerOptions(args, network),
      timeoutSeconds,
    }),
  );
  return shellCommand(
    name,
    host.shell,
    {
      // An error quotes this line, and so not the environment.
      create: `sh -s ${hook}`,
      // Nothing but a trigger may run a migration: not another key, memory limit or time limit.
      update: ':',
      stdin: pulumi.secret(stdin),
      triggers: [image, JSON.stringify(command), rerun],
    },
    {
      ...opts,
      ignoreChanges: ['stdin'],
      dependsOn: [host.ready, ...control.ready, ...redis.ready, ...args.after],
    },
  );
}

/**
 * Digest of what a hook runs once for. The canary's registry may be another than that of prod, so the
 * image counts by its digest alone. Each track has an `afterRelease` of its own.
 */
function keyOf({ hook, track, command, rerun = '' }: ReleaseHookArgs, image: string): string {
  const parts = [
    image.slice(image.indexOf('sha256:')),
    command,
    hook === 'afterRelease' ? track : '',
    rerun,
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** Options of `docker create`, as those of a member's container. */
function containerOptions(
  { service, track, memoryLimitMiB, log }: ReleaseHookArgs,
  network: string,
): string[] {
  const marks = { [labels.service]: service, [labels.part]: 'hook', [labels.track]: track };
  const { logDriver, logOpts } = containerLog(log);
  return [
    `--network=${network}`,
    '--restart=no',
    '--init',
    '--no-healthcheck',
    `--memory=${memoryLimitMiB}m`,
    `--memory-swap=${memoryLimitMiB}m`,
    '--cap-drop=ALL',
    ...stepDown.map((capability) => `--cap-add=${capability}`),
    '--security-opt=no-new-privileges:true',
    `--log-driver=${logDriver}`,
    ...Object.entries(logOpts).map(([name, value]) => `--log-opt=${name}=${value}`),
    ...Object.entries(marks).flatMap(([label, value]) => ['--label', `${label}=${value}`]),
  ];
}
