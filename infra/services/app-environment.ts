import type * as pulumi from '@pulumi/pulumi';
import { env } from '../../runtime/contract/env.ts';
import type { Track } from '../../runtime/contract/names.ts';
import type { Host } from '../hosts/host.ts';
import type { ContainerLogArgs } from './container-log.ts';
import type { RedisAccess } from './redis.ts';
import { roleEnvironment, type RoleAccess } from './role-access.ts';
import { secretValues } from './secret-values.ts';

export interface AppEnvironmentArgs {
  readonly service: string;
  readonly track: Track;
  readonly version: pulumi.Output<string>;
  /** Name to value. */
  readonly environment: Readonly<Record<string, pulumi.Input<string>>>;
  /** Name to value. The values become secrets of the stack's state. */
  readonly secretEnvironment: Readonly<Record<string, pulumi.Input<string>>>;
  readonly redis: RedisAccess;
  /** URL of the flags server on each host. Undefined: there is none. */
  readonly flagsUrl: string | undefined;
  /** Own role on AWS. Undefined: none. */
  readonly roleAccess: RoleAccess | undefined;
  /** Log of its containers. Undefined: files on the host, with bounds. */
  readonly log: ContainerLogArgs | undefined;
}

/** Environment of every container of the application on a host, name to value. */
export function appEnvironment(
  host: Host,
  args: AppEnvironmentArgs,
): Record<string, pulumi.Input<string>> {
  return {
    // The application may choose a region of its own.
    ...roleEnvironment(args.roleAccess),
    ...args.environment,
    ...secretValues(args.secretEnvironment),
    [env.service]: args.service,
    [env.host]: host.name,
    [env.track]: args.track,
    [env.version]: args.version,
    [env.redisUrl]: args.redis.urlFrom(host, 'network'),
    ...(args.flagsUrl !== undefined && { [env.flagsUrl]: args.flagsUrl }),
  };
}
