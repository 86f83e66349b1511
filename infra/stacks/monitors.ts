import type { Host } from '../hosts/host.ts';
import { HostMonitor, type HostMonitorArgs } from '../services/host-monitor.ts';
import type { PartOptions } from '../shell/part-options.ts';

/** Makes one monitor on each host, in the order of the hosts. */
export function makeMonitors(
  hosts: readonly Host[],
  args: Omit<HostMonitorArgs, 'host'>,
  opts: PartOptions,
): HostMonitor[] {
  return hosts.map((host) => new HostMonitor(`monitor-${host.name}`, { ...args, host }, opts));
}
