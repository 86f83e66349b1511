/** Rules of DigitalOcean's firewalls. Pure. */
import type { types } from '@pulumi/digitalocean';
import type { Input } from '@pulumi/pulumi';
import { memberPorts, metricsPorts } from '../../../runtime/contract/ports.ts';

type Inbound = types.input.FirewallInboundRule;
type Outbound = types.input.FirewallOutboundRule;

export const everyone = ['0.0.0.0/0', '::/0'];

export interface HostRulesArgs {
  readonly sshCidrs: readonly string[];
  readonly redisPort: number;
  /** First port of metrics, and the network that may read them. Undefined: none. */
  readonly metrics: { readonly port: number; readonly range: Input<string> } | undefined;
}

/**
 * Inbound rules of every host: ssh from known networks, members and Redis from the other hosts,
 * metrics from the private network.
 */
export function hostRules(tag: string, { sshCidrs, redisPort, metrics }: HostRulesArgs): Inbound[] {
  const oneAnother = (portRange: string) => ({ protocol: 'tcp', portRange, sourceTags: [tag] });
  return [
    { protocol: 'tcp', portRange: '22', sourceAddresses: [...sshCidrs] },
    oneAnother(`${memberPorts.first}-${memberPorts.last}`),
    oneAnother(String(redisPort)),
    ...(metrics === undefined ? [] : [metricsRule(metrics)]),
  ];
}

function metricsRule({ port, range }: { readonly port: number; readonly range: Input<string> }) {
  const portRange = `${port}-${port + metricsPorts.count - 1}`;
  return { protocol: 'tcp', portRange, sourceAddresses: [range] };
}

/** Outbound rules: hosts fetch packages and images, send alerts and reach each other. */
export const outwardRules: Outbound[] = ['tcp', 'udp', 'icmp'].map((protocol) => ({
  protocol,
  ...(protocol !== 'icmp' && { portRange: '1-65535' }),
  destinationAddresses: everyone,
}));
