/** Metrics of Perch's own processes on the private address of their host. */
import * as pulumi from '@pulumi/pulumi';
import { hostPort } from '../../runtime/contract/host-port.ts';
import { labels } from '../../runtime/contract/labels.ts';
import { metricsPorts } from '../../runtime/contract/ports.ts';
import type { Host } from '../hosts/host.ts';

/** @param first port that the stack names. Undefined: no process of it serves metrics. */
export function metricsPortOf(
  first: number | undefined,
  process: 'monitor' | 'proxy' | 'secondProxy',
): number | undefined {
  return first === undefined ? undefined : first + metricsPorts[process];
}

/** Options of `perch proxy` and `perch monitor`. A process of an older image knows none, so only what is set is given. */
export function metricsOptions(
  { privateAddress }: Pick<Host, 'privateAddress'>,
  port: number | undefined,
): pulumi.Output<string[]> {
  if (port === undefined) return pulumi.output([]);
  return privateAddress.apply((address) => [`--metrics=${hostPort(address, port)}`]);
}

/** Label by which a later update knows that the port is the service's own. */
export function metricsLabel(port: number | undefined): Record<string, string> {
  return port === undefined ? {} : { [labels.metricsPort]: String(port) };
}
