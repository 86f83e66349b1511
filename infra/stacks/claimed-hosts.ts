import * as pulumi from '@pulumi/pulumi';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { createsNothing } from '../config/creates-nothing.ts';
import { routedHosts } from '../config/edge.ts';
import type { HostConnection } from '../config/host-connection.ts';
import type { StackConfig } from '../config/stack-config.ts';
import { ownerWords } from '../release/control.ts';
import { routeText } from '../release/route.ts';
import { onControl } from '../shell/control-shell.ts';
import { inMonitorWithInput, lacksMonitor } from '../shell/in-monitor.ts';
import { isSshFailure } from '../shell/program.ts';
import { routeOf } from './edge.ts';
import { fullStackName } from '../shell/stack-name.ts';

/**
 * Refuses a guest whose hosts belong to another service, or whose service belongs to another stack,
 * before anything is made: its route is registered last, once its members serve. A host that does not answer is left to the update itself.
 * @throws RunError that names each host and the service that has it, or both stacks.
 */
export async function refuseClaimedHosts(
  config: StackConfig,
  { service: edgeService, hosts }: HostConnection,
): Promise<void> {
  if (createsNothing() || routedHosts(config).length === 0) return;
  const { service, sshPrivateKey: privateKey = '' } = config;
  const [first] = hosts;
  const address = first?.ssh && { ...first.ssh, privateKey };
  const words = ['route', 'set', '--dry-run', '--json', ...ownerWords({ owner: fullStackName() })];
  const script = inMonitorWithInput({ service, edgeService }, words);
  try {
    await onControl(address, script, routeText(service, routeOf(config)));
  } catch (error) {
    if (!(error instanceof PerchError)) throw error;
    if (isSshFailure(error) || lacksMonitor(error)) return;
    const message = error.message.replace('perch: ', '');
    const rule = message.includes(' belongs to stack ')
      ? 'perch:service must be that of no other stack with'
      : 'perch:hosts must belong to no other service of';
    throw new pulumi.RunError(`${rule} ${config.hostStack}: ${message}`);
  }
}
