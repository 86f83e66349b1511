import * as digitalocean from '@pulumi/digitalocean';
import * as pulumi from '@pulumi/pulumi';
import type { RedisAccess } from '../../services/redis.ts';

export interface ManagedValkeyArgs {
  readonly region: string;
  readonly vpcId: pulumi.Input<string>;
  /** Only droplets with this tag may connect. */
  readonly tag: pulumi.Input<string>;
}

/** DigitalOcean's managed Valkey, reached at its private address with TLS and a password. */
export class ManagedValkey extends pulumi.ComponentResource implements RedisAccess {
  readonly ready: readonly pulumi.Resource[];
  readonly #url: pulumi.Output<string>;

  constructor(name: string, args: ManagedValkeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:digitalocean:ManagedRedis', name, {}, opts);
    const inside = { parent: this };
    const cluster = new digitalocean.DatabaseCluster(
      name,
      {
        engine: 'valkey',
        version: '8',
        size: 'db-s-1vcpu-1gb',
        nodeCount: 1,
        region: args.region,
        privateNetworkUuid: args.vpcId,
        evictionPolicy: 'noeviction',
      },
      inside,
    );
    const firewall = new digitalocean.DatabaseFirewall(
      name,
      { clusterId: cluster.id, rules: [{ type: 'tag', value: args.tag }] },
      inside,
    );
    this.#url = pulumi.secret(cluster.privateUri);
    this.ready = [firewall];
    this.registerOutputs({});
  }

  urlFrom(): pulumi.Output<string> {
    return this.#url;
  }
}
