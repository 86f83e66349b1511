import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { whenMade } from '../shell/when-made.ts';
import { hostPort } from '../../runtime/contract/host-port.ts';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';
import type { Host } from '../hosts/host.ts';
import { containerArgs, containerChanges, readOnlyRoot } from './container.ts';
import { healthy } from './container-health.ts';
import { generatedPassword } from './password.ts';
import { redisStart } from './redis-start.ts';

/** Access to a service's Redis. */
export interface RedisAccess {
  /** URL with the password, for processes on `host` or in its network. Secret. */
  urlFrom(host: Host, from: 'host' | 'network'): pulumi.Output<string>;
  /** Dependencies of every resource that uses Redis. */
  readonly ready: readonly pulumi.Resource[];
}

const alias = 'redis';
const port = 6379;
const overheadMiB = 128;

export interface RedisArgs {
  readonly service: string;
  readonly host: Host;
  readonly image: string;
  /** Port on the host's private address. */
  readonly port: number;
  /** Memory that Redis may fill, MiB. */
  readonly memoryMiB: number;
  /** Time limit to become healthy, seconds. */
  readonly startTimeoutSeconds: number;
  /** Resources created before it. */
  readonly after: readonly pulumi.Resource[];
}

/** Redis on one host: append-only file on a volume, no snapshots, password, private address, no eviction. */
export class Redis extends pulumi.ComponentResource implements RedisAccess {
  readonly ready: readonly pulumi.Resource[];
  readonly #host: Host;
  readonly #password: pulumi.Output<string>;
  readonly #port: number;

  constructor(name: string, args: RedisArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:service:Redis', name, {}, opts);
    const { host, memoryMiB } = args;
    const onHost = { parent: this, provider: host.docker };
    this.#host = host;
    this.#port = args.port;
    this.#password = generatedPassword(`${name}-password`, { parent: this });
    const volume = new docker.Volume(name, {}, onHost);
    const container = new docker.Container(
      name,
      {
        ...containerArgs({
          service: args.service,
          part: 'redis',
          image: args.image,
          environment: {
            REDISCLI_AUTH: this.#password,
            MAX_MEMORY: `${memoryMiB}mb`,
          },
          memoryMiB: memoryMiB + overheadMiB,
          healthCheck: ['CMD', 'redis-cli', '-e', 'ping'],
          startTimeoutSeconds: args.startTimeoutSeconds,
          stopTimeoutSeconds: 30,
        }),
        ...readOnlyRoot,
        // The user of both the Redis and the Valkey image. It owns /data, and so the volume.
        user: '999',
        entrypoints: ['sh', '-c'],
        command: [redisStart(redisKeys(args.service).redisRepair)],
        volumes: [{ volumeName: volume.name, containerPath: '/data' }],
        networksAdvanced: [{ name: host.network.name, aliases: [alias] }],
        ports: [{ internal: port, external: this.#port, ip: host.privateAddress }],
      },
      // Both would use one volume and one port, so the old one is deleted first. Proxies serve on without Redis.
      { ...onHost, ...containerChanges, deleteBeforeReplace: true, dependsOn: [...args.after] },
    );
    const { startTimeoutSeconds } = args;
    this.ready = [healthy(name, { host, container, startTimeoutSeconds }, { parent: this })];
    this.registerOutputs({});
  }

  urlFrom(host: Host, from: 'host' | 'network'): pulumi.Output<string> {
    const isNear = from === 'network' && host === this.#host;
    const address = isNear
      ? `${alias}:${port}`
      : whenMade(this.#host.privateAddress, (near) => hostPort(near, this.#port));
    return pulumi.secret(pulumi.interpolate`redis://:${this.#password}@${address}`);
  }
}
