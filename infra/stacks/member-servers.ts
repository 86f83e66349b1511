import type { StackConfig } from '../config/stack-config.ts';
import type { HostImage } from '../images/host-image.ts';
import type { RedisAccess } from '../services/redis.ts';
import type { PartOptions } from '../shell/part-options.ts';
import type { Target } from '../targets/target.ts';
import { makeFlagsServers } from './flags-servers.ts';
import type { ReleaseParts } from './hooks.ts';
import { makeMemberRole } from './role-credentials.ts';

interface MemberServersArgs {
  readonly target: Pick<Target, 'hosts' | 'appRoleArn'>;
  /** Perch's own image on the hosts. */
  readonly image: HostImage;
  readonly redis: RedisAccess;
  readonly opts: PartOptions;
}

/** Makes the servers on a stack's own hosts that its members ask: for flags, and for credentials of their role. */
export function makeMemberServers(
  config: StackConfig,
  { target, image, redis, opts }: MemberServersArgs,
): Pick<ReleaseParts, 'roleAccess' | 'servers'> {
  const { hosts } = target;
  const { roleAccess, ready } = makeMemberRole(config, { target, image, opts });
  const flags = makeFlagsServers(config, { hosts, runtime: () => image, redis, opts });
  return { roleAccess, servers: [...flags, ...ready] };
}
