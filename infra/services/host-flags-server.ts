import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { env } from '../../runtime/contract/env.ts';
import { hostPort } from '../../runtime/contract/host-port.ts';
import { defaultPorts } from '../../runtime/contract/ports.ts';
import type { Host } from '../hosts/host.ts';
import type { HostImage } from '../images/host-image.ts';
import { containerArgs, containerChanges, readOnlyRoot } from './container.ts';
import { healthy } from './container-health.ts';
import { flagsHostName } from './flags-endpoint.ts';
import { portHealthCheck } from './health.ts';
import type { RedisAccess } from './redis.ts';

export interface HostFlagsServerArgs {
  readonly service: string;
  readonly host: Host;
  readonly image: HostImage;
  readonly redis: RedisAccess;
  /** Time limit to become healthy, seconds. */
  readonly startTimeoutSeconds: number;
}

const stateFolder = '/var/lib/perch';
const memoryMiB = 192;

/**
 * The flags server of a service on one host. It publishes no port: only containers of the host's
 * Docker network reach it, by name. Two that run while one is replaced have the same name.
 */
export class HostFlagsServer extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource;

  constructor(name: string, args: HostFlagsServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:service:FlagsServer', name, {}, opts);
    const { service, host, redis, startTimeoutSeconds } = args;
    const onHost = { parent: this, provider: host.docker };
    // The last good flags: it starts with them while Redis is away.
    const state = new docker.Volume(name, {}, onHost);
    const container = new docker.Container(
      name,
      {
        ...containerArgs({
          service,
          part: 'flags',
          image: args.image(host),
          environment: {
            [env.service]: service,
            [env.redisUrl]: redis.urlFrom(host, 'network'),
            [env.stateDir]: stateFolder,
          },
          memoryMiB,
          healthCheck: portHealthCheck(defaultPorts.flags, '/readyz'),
          startTimeoutSeconds,
          stopTimeoutSeconds: 10,
        }),
        ...readOnlyRoot,
        command: [
          'flags',
          'serve',
          `--listen=${hostPort(host.ipv6 ? '::' : '0.0.0.0', defaultPorts.flags)}`,
        ],
        volumes: [{ volumeName: state.name, containerPath: stateFolder }],
        networksAdvanced: [{ name: host.network.name, aliases: [flagsHostName(service)] }],
      },
      { ...onHost, ...containerChanges, deleteBeforeReplace: false, dependsOn: [...redis.ready] },
    );
    this.ready = healthy(name, { host, container, startTimeoutSeconds }, { parent: this });
    this.registerOutputs({});
  }
}
