import * as digitalocean from '@pulumi/digitalocean';
import * as pulumi from '@pulumi/pulumi';
import type { RedisAccess } from '../../services/redis.ts';

export interface ManagedValkeySettings {
  readonly region: string;
  readonly vpcId: pulumi.Input<string>;
  /** Only droplets with this tag may come in. */
  readonly tag: pulumi.Input<string>;
}

/** DigitalOcean's managed Valkey, on its private address, by TLS and password. */
export class ManagedValkey extends pulumi.ComponentResource implements RedisAccess {
  readonly ready: readonly pulumi.Resource[];
  readonly #url: pulumi.Output<string>;

  constructor(
    name: string,
    settings: ManagedValkeySettings,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('perch:digitalocean:ManagedRedis', name, {}, options);
    const inside = { parent: this };
    const cluster = new digitalocean.DatabaseCluster(
      name,
      {
        engine: 'valkey',
        version: '8',
        size: 'db-s-1vcpu-1gb',
        nodeCount: 1,
        region: settings.region,
        privateNetworkUuid: settings.vpcId,
        evictionPolicy: 'noeviction',
      },
      inside,
    );
    const firewall = new digitalocean.DatabaseFirewall(
      name,
      { clusterId: cluster.id, rules: [{ type: 'tag', value: settings.tag }] },
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
