import type * as pulumi from '@pulumi/pulumi';
import type { StackConfig } from '../config/stack-config.ts';
import type { Host } from '../hosts/host.ts';
import type { HostImage } from '../images/host-image.ts';
import { HostFlagsServer } from '../services/host-flags-server.ts';
import type { RedisAccess } from '../services/redis.ts';
import type { PartOptions } from '../shell/part-options.ts';

interface FlagsServersArgs {
  readonly hosts: readonly Host[];
  /** Perch's own image on the hosts. Asked only for a stack that has flags servers. */
  readonly runtime: () => HostImage;
  readonly redis: RedisAccess;
  readonly opts: PartOptions;
}

/**
 * Makes a flags server on each host, if `flagEndpoint` is on.
 * @returns resources that members, workers and hooks need before they start.
 */
export function makeFlagsServers(
  { flagEndpoint, service, startTimeoutSeconds }: StackConfig,
  { hosts, runtime, redis, opts }: FlagsServersArgs,
): pulumi.Resource[] {
  if (!flagEndpoint) return [];
  const image = runtime();
  return hosts.map((host) => {
    const args = { service, host, image, redis, startTimeoutSeconds };
    return new HostFlagsServer(`flags-${host.name}`, args, opts).ready;
  });
}
