import * as pulumi from '@pulumi/pulumi';
import type { ProdNetwork } from '../prod-network.ts';
import type { Target } from '../target.ts';
import { DockerHost } from './host.ts';

export interface DockerTargetArgs {
  readonly service: string;
}

/** Target `docker`: this machine's Docker engine is the only host. */
export class DockerTarget extends pulumi.ComponentResource implements Target {
  readonly hosts: readonly DockerHost[];
  readonly registry = undefined;
  readonly managedRedis = undefined;
  readonly loadBalancer = undefined;
  readonly dashboardUrl = undefined;
  readonly prodNetwork = pulumi.output<ProdNetwork>({});

  constructor(name: string, args: DockerTargetArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:docker:Target', name, {}, opts);
    // Release 0.1 deployed the host without a parent.
    const aliases = [{ parent: pulumi.rootStackResource }];
    this.hosts = [new DockerHost(args.service, { hostName: 'here' }, { parent: this, aliases })];
    this.registerOutputs({});
  }
}
