import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import type { StackConfig } from '../config/stack-config.ts';
import type { Host } from '../hosts/host.ts';
import { containerArgs, readOnlyRoot } from './container.ts';
import { generatedPassword } from './password.ts';

/** Where a process finds Redis. */
export interface RedisAccess {
  /** URL with the password, for processes on `host` or in its network. Secret. */
  urlFrom(host: Host, from: 'host' | 'network'): pulumi.Output<string>;
  /** What has to wait for Redis waits for these. */
  readonly ready: readonly pulumi.Resource[];
}

const alias = 'redis';
const port = 6379;
const overheadMiB = 128;

// The password goes in by a here-document, so that it stands in no argument list. `exec` makes
// redis-server the process that gets SIGTERM, upon which it writes its append-only file out.
const start = `exec redis-server - --port ${port} --dir /data --appendonly yes \
  --maxmemory "$MAX_MEMORY" --maxmemory-policy noeviction <<END
requirepass $REDISCLI_AUTH
END`;

export interface RedisSettings {
  readonly host: Host;
  readonly config: StackConfig;
  /** What comes before it. */
  readonly after: readonly pulumi.Resource[];
}

/** Redis on one host: append-only file on a volume, password, private address only, no eviction. */
export class Redis extends pulumi.ComponentResource implements RedisAccess {
  readonly ready: readonly pulumi.Resource[];
  readonly #host: Host;
  readonly #password: pulumi.Output<string>;
  readonly #port: number;

  constructor(name: string, settings: RedisSettings, options?: pulumi.ComponentResourceOptions) {
    super('perch:service:Redis', name, {}, options);
    const { host, config } = settings;
    const onHost = { parent: this, provider: host.docker };
    this.#host = host;
    this.#port = config.redisPort;
    this.#password = generatedPassword(`${name}-password`, { parent: this });
    const volume = new docker.Volume(name, {}, onHost);
    const container = new docker.Container(
      name,
      {
        ...containerArgs({
          service: config.service,
          part: 'redis',
          image: config.redisImage,
          environment: {
            REDISCLI_AUTH: this.#password,
            MAX_MEMORY: `${config.redisMemoryMiB}mb`,
          },
          memoryMiB: config.redisMemoryMiB + overheadMiB,
          healthCheck: ['CMD', 'redis-cli', '-e', 'ping'],
          startTimeoutSeconds: config.startTimeoutSeconds,
          stopTimeoutSeconds: 30,
        }),
        ...readOnlyRoot,
        // Both images' own user; its home /data gives the volume its owner.
        user: '999',
        entrypoints: ['sh', '-c'],
        command: [start],
        volumes: [{ volumeName: volume.name, containerPath: '/data' }],
        networksAdvanced: [{ name: host.network.name, aliases: [alias] }],
        ports: [{ internal: port, external: this.#port, ip: host.privateAddress }],
      },
      // One volume and one port: the old one has to go first. Proxies go on without Redis.
      { ...onHost, deleteBeforeReplace: true, dependsOn: [...settings.after] },
    );
    this.ready = [container];
    this.registerOutputs({});
  }

  urlFrom(host: Host, from: 'host' | 'network'): pulumi.Output<string> {
    const isNear = from === 'network' && host === this.#host;
    const address = isNear
      ? `${alias}:${port}`
      : pulumi.interpolate`${this.#host.privateAddress}:${this.#port}`;
    return pulumi.secret(pulumi.interpolate`redis://:${this.#password}@${address}`);
  }
}
