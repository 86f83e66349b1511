import type * as pulumi from '@pulumi/pulumi';
import type { StackRole } from '../config/stack-role.ts';
import type { Host } from '../hosts/host.ts';
import type { PullLogin } from '../images/pull-script.ts';
import type { Registry } from '../images/registry.ts';
import type { RedisAccess } from '../services/redis.ts';
import type { ProxyJump } from '../shell/ssh-options.ts';
import type { ProdNetwork } from './prod-network.ts';

/** The hosts of a stack, with their network, registry and load balancer. */
export interface Target extends pulumi.ComponentResource {
  /** At least one. The first carries Redis. */
  readonly hosts: readonly Host[];
  /** Destination of built images. Undefined: hosts run what this machine's engine built. */
  readonly registry: Registry | undefined;
  /** Redis operated by the cloud. Undefined: the stack runs its own. */
  readonly managedRedis: RedisAccess | undefined;
  /** In front of the proxies. Undefined: clients reach a proxy directly. */
  readonly loadBalancer: LoadBalancer | undefined;
  /** Parts that a canary stack needs to put its hosts beside these. Empty on some targets. */
  readonly prodNetwork: pulumi.Output<ProdNetwork>;
  /** The cloud's dashboard of the hosts. */
  readonly dashboardUrl: pulumi.Output<string> | undefined;
  /** Role of the members on AWS. Undefined: they have none. */
  readonly appRoleArn?: pulumi.Output<string> | undefined;
  /**
   * Makes what watches the hosts' monitors from outside.
   * @param monitors of the hosts, in their order.
   */
  watchMonitors?(monitors: readonly pulumi.Resource[]): void;
}

export interface LoadBalancer {
  readonly url: pulumi.Output<string>;
  /** Source networks of its requests. */
  readonly networks: readonly pulumi.Input<string>[];
}

/** Access to created hosts by ssh. */
export interface SshAccess {
  /** Networks that may reach the ssh port. */
  readonly cidrs: readonly string[];
  /** One line in the format of authorized_keys. */
  readonly publicKey: string;
  /** Secret. */
  readonly privateKey: pulumi.Output<string>;
  /** Machine through which ssh reaches the hosts. */
  readonly proxyJump: ProxyJump | undefined;
}

/** Arguments that every cloud takes. */
export interface CloudTargetArgs {
  readonly service: string;
  readonly role: StackRole;
  readonly region: string;
  /** Instance type or droplet size. */
  readonly size: string;
  /** Name of the only host whose running machine may change its size. Undefined: none. */
  readonly changedHost: string | undefined;
  readonly hostCount: number;
  /** Number of hosts that carry a proxy. */
  readonly proxyCount: number;
  /** Port that the proxies serve by http. */
  readonly proxyPort: number;
  /** Port that the proxies serve by https. Undefined: none. */
  readonly httpsPort: number | undefined;
  /** True if a load balancer stands in front of the proxies. */
  readonly isBalanced: boolean;
  /** Path that a load balancer requests to check the proxies' health. */
  readonly healthPath: string;
  /** Host names that the load balancer serves by https. Empty: http by address. */
  readonly balancedHosts: readonly string[];
  /** DNS zone of all of them. Default: each without its first label. */
  readonly dnsZone: string | undefined;
  readonly ssh: SshAccess;
  /** Private network of the hosts, `address/bits`. Undefined: the target's own choice. */
  readonly networkRange: string | undefined;
  /** Port of Redis, open to the hosts of the service. */
  readonly redisPort: number;
  /** First port of metrics, open to the private network. Undefined: none. */
  readonly metricsPort: number | undefined;
  /** True if the cloud operates Redis. */
  readonly managedRedis: boolean;
  /** Undefined: the target creates a registry. */
  readonly registry: Registry | undefined;
  readonly pullLogins: readonly PullLogin[];
  /** Network of the prod stack that a canary stack joins. Undefined: the target creates one. */
  readonly prodNetwork: ProdNetwork | undefined;
}
