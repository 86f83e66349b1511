import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { env } from '../../runtime/contract/env.ts';
import type { Host } from '../hosts/host.ts';
import type { HostImage } from '../images/host-image.ts';
import { commandsAtOnce } from '../release/control.ts';
import { containerArgs, containerChanges, readOnlyRoot } from './container.ts';
import { healthy } from './container-health.ts';
import { adminHealthCheck } from './health.ts';
import {
  dockerSocket,
  hostRoot,
  monitorConfig,
  type MonitorConfigOptions,
} from './monitor-config.ts';
import { metricsLabel, metricsOptions } from './metrics-port.ts';
import type { RedisAccess } from './redis.ts';
import { secretValues } from './secret-values.ts';

export interface HostMonitorArgs {
  readonly service: string;
  readonly host: Host;
  readonly image: HostImage;
  readonly redis: RedisAccess;
  readonly config: MonitorConfigOptions;
  /** Undefined: no webhook. Secret. */
  readonly webhookUrl: string | undefined;
  /** Key that signs the webhook's messages. Secret. */
  readonly webhookSecret: string | undefined;
  /** Key that seals private keys in Redis, base64: commands seal certificates by it. Undefined: none. Secret. */
  readonly edgeKey: pulumi.Output<string> | undefined;
  /** Further environment, name to value. The values become secrets of the stack's state. */
  readonly environment: Readonly<Record<string, string>>;
  /** Port of its metrics on the host's private address. Undefined: they are served in the container only. */
  readonly metricsPort: number | undefined;
  /** Time limit to become healthy, seconds. */
  readonly startTimeoutSeconds: number;
}

const adminSocket = '/tmp/admin.sock';
const memoryMiB = { monitor: 192, command: 64 };

/** The monitor of one host. It samples the host and talks to its Docker engine. */
export class HostMonitor extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource;

  constructor(name: string, args: HostMonitorArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:service:Monitor', name, {}, opts);
    const { service, host, redis } = args;
    const container = new docker.Container(
      name,
      {
        ...containerArgs({
          service,
          part: 'monitor',
          image: args.image(host),
          environment: {
            ...secretValues(args.environment),
            ...secretValues(webhook(args)),
            [env.monitorConfig]: JSON.stringify(monitorConfig(args.config)),
            [env.service]: service,
            [env.host]: host.name,
            [env.redisUrl]: redis.urlFrom(host, 'host'),
            ...(args.edgeKey !== undefined && { [env.edgeKey]: args.edgeKey }),
          },
          memoryMiB: memoryMiB.monitor + commandsAtOnce * memoryMiB.command,
          healthCheck: adminHealthCheck(adminSocket, '/healthz'),
          startTimeoutSeconds: args.startTimeoutSeconds,
          stopTimeoutSeconds: 10,
          labels: metricsLabel(args.metricsPort),
        }),
        ...readOnlyRoot,
        networkMode: 'host',
        // Root owns the Docker socket. Without capabilities, root has no other privileges.
        user: '0:0',
        command: metricsOptions(host, args.metricsPort).apply((metrics) => [
          'monitor',
          `--admin=unix:${adminSocket}`,
          ...metrics,
        ]),
        volumes: [
          { hostPath: dockerSocket, containerPath: dockerSocket },
          { hostPath: '/', containerPath: hostRoot, readOnly: true },
        ],
      },
      {
        parent: this,
        provider: host.docker,
        ...containerChanges,
        deleteBeforeReplace: false,
        dependsOn: [...redis.ready],
      },
    );
    const { startTimeoutSeconds } = args;
    this.ready = healthy(name, { host, container, startTimeoutSeconds }, { parent: this });
    this.registerOutputs({});
  }
}

function webhook({ webhookUrl, webhookSecret }: HostMonitorArgs): Record<string, string> {
  return {
    ...(webhookUrl !== undefined && { [env.webhookUrl]: webhookUrl }),
    ...(webhookSecret !== undefined && { [env.webhookSecret]: webhookSecret }),
  };
}
