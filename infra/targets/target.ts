import type * as pulumi from '@pulumi/pulumi';
import type { Registry } from '../images/image.ts';
import type { RedisAccess } from '../services/redis.ts';
import type { Host } from '../hosts/host.ts';
import type { Neighbourhood } from './prod-network.ts';

/** What a target gives: hosts, and what stands around them. */
export interface Site {
  /** At least one. The first carries Redis. */
  readonly hosts: readonly Host[];
  /** Where images are pushed; undefined: hosts run what this machine's engine built. */
  readonly registry: Registry | undefined;
  /** A Redis that the cloud looks after. */
  readonly managedRedis: RedisAccess | undefined;
  /** In front of the proxies; undefined: clients reach a proxy directly. */
  readonly loadBalancer: LoadBalancer | undefined;
  /** What a canary stack's hosts need to stand beside these, by name; for targets that have it. */
  readonly neighbourhood: pulumi.Output<Neighbourhood>;
  /** Where the cloud draws the hosts' numbers. */
  readonly dashboardUrl: pulumi.Output<string> | undefined;
}

export interface LoadBalancer {
  readonly url: pulumi.Output<string>;
  /** The networks that its requests come from. */
  readonly networks: readonly pulumi.Input<string>[];
}
