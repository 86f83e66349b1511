import type * as pulumi from '@pulumi/pulumi';
import { egress, ingressGroup } from './firewall.ts';

/** Security groups that let clients in. */
export interface ClientAccess {
  /** Group of the hosts that carry a proxy. */
  readonly proxyGroupId: pulumi.Output<string>;
  /** Group of the load balancer. Undefined: clients reach a proxy directly. */
  readonly balancerGroupId: pulumi.Output<string> | undefined;
}

export interface ClientAccessArgs {
  readonly vpcId: pulumi.Output<string>;
  readonly proxyPort: number;
  /** Port that the proxies serve by https. Undefined: none. */
  readonly httpsPort: number | undefined;
  readonly isBalanced: boolean;
}

/** Opens the proxies' ports to everyone, or only to the load balancer and that to everyone. */
export function clientAccess(
  name: string,
  args: ClientAccessArgs,
  opts: pulumi.CustomResourceOptions,
): ClientAccess {
  const { vpcId, proxyPort, httpsPort, isBalanced } = args;
  const balancerGroupId = isBalanced
    ? ingressGroup(
        `${name}-balancer`,
        {
          vpcId,
          ports: [80, 443],
          from: 'everyone',
          description: 'Load balancer of a Perch service, for everyone',
        },
        opts,
      )
    : undefined;
  const proxyGroupId = ingressGroup(
    `${name}-proxy`,
    {
      vpcId,
      ports: httpsPort === undefined ? [proxyPort] : [proxyPort, httpsPort],
      from: balancerGroupId ?? 'everyone',
      description: 'Proxies of a Perch service',
    },
    opts,
  );
  if (balancerGroupId !== undefined) {
    const toProxies = { from: balancerGroupId, to: proxyGroupId, port: proxyPort };
    egress(`${name}-balancer-out`, toProxies, opts);
  }
  return { proxyGroupId, balancerGroupId };
}
