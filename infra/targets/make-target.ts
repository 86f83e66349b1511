import * as pulumi from '@pulumi/pulumi';
import type { StackConfig } from '../config/stack-config.ts';
import { awsSite } from './aws/target.ts';
import { DockerHost } from './docker/host.ts';
import { digitalOceanSite } from './digitalocean/target.ts';
import type { Neighbourhood } from './prod-network.ts';
import { serverSite } from './server/target.ts';
import type { Site } from './target.ts';

/**
 * Makes the hosts that the stack's target names.
 * @param neighbourhood that of the prod stack, on a canary stack.
 */
export function makeSite(config: StackConfig, neighbourhood?: Neighbourhood): Site {
  switch (config.target) {
    case 'docker':
      return {
        hosts: [new DockerHost(config.service)],
        registry: undefined,
        managedRedis: undefined,
        loadBalancer: undefined,
        dashboardUrl: undefined,
        neighbourhood: pulumi.output<Neighbourhood>({}),
      };
    case 'server':
      return serverSite(config);
    case 'aws':
      return awsSite(config, neighbourhood);
    case 'digitalocean':
      return digitalOceanSite(config, neighbourhood);
  }
}
