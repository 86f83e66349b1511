import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { generatedPassword } from '../../services/password.ts';
import type { RedisAccess } from '../../services/redis.ts';
import { ingressGroup } from './firewall.ts';

export interface ElastiCacheRedisArgs {
  readonly vpcId: pulumi.Input<string>;
  readonly subnetIds: pulumi.Input<string[]>;
  /** Security group of the hosts. Only its members may connect. */
  readonly hostGroupId: pulumi.Output<string>;
}

const port = 6379;
const nodeType = 'cache.t4g.micro';
const engineVersion = '8.0';
const family = 'valkey8';

/** ElastiCache: two nodes in two zones, encrypted in transit and at rest, with a password. */
export class ElastiCacheRedis extends pulumi.ComponentResource implements RedisAccess {
  readonly ready: readonly pulumi.Resource[];
  readonly #url: pulumi.Output<string>;

  constructor(name: string, args: ElastiCacheRedisArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:aws:ManagedRedis', name, {}, opts);
    const inside = { parent: this };
    const subnets = new aws.elasticache.SubnetGroup(name, { subnetIds: args.subnetIds }, inside);
    const group = ingressGroup(
      name,
      {
        vpcId: args.vpcId,
        ports: [port],
        from: args.hostGroupId,
        description: 'Redis of a Perch service, for its hosts only',
      },
      inside,
    );
    // ElastiCache's own default evicts keys when memory is full.
    const parameters = new aws.elasticache.ParameterGroup(
      name,
      { family, parameters: [{ name: 'maxmemory-policy', value: 'noeviction' }] },
      inside,
    );
    const password = generatedPassword(name, inside);
    const cluster = new aws.elasticache.ReplicationGroup(
      name,
      {
        description: 'Release document and flags of a Perch service',
        engine: 'valkey',
        engineVersion,
        parameterGroupName: parameters.name,
        nodeType,
        numCacheClusters: 2,
        automaticFailoverEnabled: true,
        multiAzEnabled: true,
        port,
        subnetGroupName: subnets.name,
        securityGroupIds: [group],
        atRestEncryptionEnabled: true,
        transitEncryptionEnabled: true,
        authToken: password,
        snapshotRetentionLimit: 7,
      },
      inside,
    );
    this.#url = pulumi.secret(
      pulumi.interpolate`rediss://:${password}@${cluster.primaryEndpointAddress}:${port}`,
    );
    this.ready = [cluster];
    this.registerOutputs({});
  }

  urlFrom(): pulumi.Output<string> {
    return this.#url;
  }
}
