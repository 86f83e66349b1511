import type { StackConfig } from '../config/stack-config.ts';
import type { Host } from '../hosts/host.ts';
import type { HostImage } from '../images/host-image.ts';
import { Monitor } from '../services/monitor.ts';
import type { RedisAccess } from '../services/redis.ts';

/** One monitor on each host, in the order of the hosts. */
export function makeMonitors(
  config: StackConfig,
  hosts: readonly Host[],
  image: HostImage,
  redis: RedisAccess,
): Monitor[] {
  return hosts.map((host) => new Monitor(`monitor-${host.name}`, { host, image, config, redis }));
}
