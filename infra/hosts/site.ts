import type * as pulumi from '@pulumi/pulumi';
import type { StackConfig } from '../config.ts';
import type { Registry } from '../services/image.ts';
import type { RedisAccess } from '../services/redis.ts';
import { DockerHost } from './docker.ts';
import type { Host } from './host.ts';

/** What a target gives: hosts, and what stands around them. */
export interface Site {
  /** At least one. The first carries Redis. */
  readonly hosts: readonly [Host, ...Host[]];
  /** Where images are pushed; undefined: hosts run what this machine's engine built. */
  readonly registry: Registry | undefined;
  /** A Redis that the cloud looks after. */
  readonly managedRedis: RedisAccess | undefined;
  /** In front of the proxies; undefined: clients reach a proxy directly. */
  readonly loadBalancer: LoadBalancer | undefined;
}

export interface LoadBalancer {
  readonly url: pulumi.Output<string>;
  /** The networks that its requests come from. */
  readonly networks: readonly pulumi.Input<string>[];
}

export function makeSite(config: StackConfig): Site {
  switch (config.target) {
    case 'docker':
      return {
        hosts: [new DockerHost(config.service)],
        registry: undefined,
        managedRedis: undefined,
        loadBalancer: undefined,
      };
    case 'aws':
    case 'digitalocean':
    case 'server':
      throw new Error(`target ${config.target} is not there yet`);
  }
}
