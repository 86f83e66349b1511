/** Rules of DigitalOcean's firewalls. Pure. */
import type { types } from '@pulumi/digitalocean';
import { memberPorts } from '../../../runtime/contract/ports.ts';

type Inbound = types.input.FirewallInboundRule;
type Outbound = types.input.FirewallOutboundRule;

export const everyone = ['0.0.0.0/0', '::/0'];

/** Inbound rules of every host: ssh from known networks, members and Redis from the other hosts. */
export function hostRules(
  tag: string,
  { sshCidrs, redisPort }: { readonly sshCidrs: readonly string[]; readonly redisPort: number },
): Inbound[] {
  const oneAnother = (portRange: string) => ({ protocol: 'tcp', portRange, sourceTags: [tag] });
  return [
    { protocol: 'tcp', portRange: '22', sourceAddresses: [...sshCidrs] },
    oneAnother(`${memberPorts.first}-${memberPorts.last}`),
    oneAnother(String(redisPort)),
  ];
}

/** Outbound rules: hosts fetch packages and images, send alerts and reach each other. */
export const outwardRules: Outbound[] = ['tcp', 'udp', 'icmp'].map((protocol) => ({
  protocol,
  ...(protocol !== 'icmp' && { portRange: '1-65535' }),
  destinationAddresses: everyone,
}));
