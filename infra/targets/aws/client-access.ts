import type * as pulumi from '@pulumi/pulumi';
import { door } from './firewall.ts';

/** The security groups that let clients in. */
export interface Doors {
  /** Of the hosts that carry a proxy. */
  readonly proxyGroupId: pulumi.Output<string>;
  /** Of the load balancer; undefined: clients reach a proxy directly. */
  readonly balancerGroupId: pulumi.Output<string> | undefined;
}

/** The world reaches the proxies' port, or the load balancer alone does, and the world that. */
export function openDoors(
  name: string,
  settings: {
    readonly vpcId: pulumi.Output<string>;
    readonly proxyPort: number;
    readonly isBalanced: boolean;
  },
  options: pulumi.ComponentResourceOptions,
): Doors {
  const { vpcId, proxyPort, isBalanced } = settings;
  const balancerGroupId = isBalanced
    ? door(
        `${name}-balancer`,
        {
          vpcId,
          ports: [80, 443],
          from: 'world',
          description: 'Load balancer of a Perch service, for everyone',
        },
        options,
      )
    : undefined;
  const proxyGroupId = door(
    `${name}-proxy`,
    {
      vpcId,
      ports: [proxyPort],
      from: balancerGroupId ?? 'world',
      description: 'Proxies of a Perch service',
    },
    options,
  );
  return { proxyGroupId, balancerGroupId };
}
