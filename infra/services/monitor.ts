import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { env } from '../../runtime/contract/env.ts';
import type { StackConfig } from '../config/stack-config.ts';
import type { Host } from '../hosts/host.ts';
import { commandsAtOnce } from '../release/control.ts';
import { containerArgs, readOnlyRoot } from './container.ts';
import { adminHealthCheck } from './health.ts';
import type { HostImage } from '../images/host-image.ts';
import { dockerSocket, hostRoot, monitorConfig } from './monitor-config.ts';
import type { RedisAccess } from './redis.ts';
import { secretValues } from './secret-values.ts';

export interface MonitorSettings {
  readonly host: Host;
  readonly image: HostImage;
  readonly config: StackConfig;
  readonly redis: RedisAccess;
}

const adminSocket = '/tmp/admin.sock';
const memoryMiB = { monitor: 192, command: 64 };

/** The monitor of one host. It reads the host's numbers and speaks to its Docker engine. */
export class Monitor extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource;

  constructor(name: string, settings: MonitorSettings, options?: pulumi.ComponentResourceOptions) {
    super('perch:service:Monitor', name, {}, options);
    const { host, image, config, redis } = settings;
    this.ready = new docker.Container(
      name,
      {
        ...containerArgs({
          service: config.service,
          part: 'monitor',
          image: image(host),
          environment: {
            ...secretValues(config.monitorEnvironment),
            ...secretValues(webhook(config)),
            [env.monitorConfig]: JSON.stringify(monitorConfig(config)),
            [env.service]: config.service,
            [env.host]: host.name,
            [env.redisUrl]: redis.urlFrom(host, 'host'),
          },
          memoryMiB: memoryMiB.monitor + commandsAtOnce * memoryMiB.command,
          healthCheck: adminHealthCheck(adminSocket, '/healthz'),
          startTimeoutSeconds: config.startTimeoutSeconds,
          stopTimeoutSeconds: 10,
        }),
        ...readOnlyRoot,
        networkMode: 'host',
        // The owner of the Docker socket; without capabilities it is root in name only.
        user: '0:0',
        command: ['monitor', `--admin=unix:${adminSocket}`],
        volumes: [
          { hostPath: dockerSocket, containerPath: dockerSocket },
          { hostPath: '/', containerPath: hostRoot, readOnly: true },
        ],
      },
      {
        parent: this,
        provider: host.docker,
        deleteBeforeReplace: false,
        dependsOn: [...redis.ready],
      },
    );
    this.registerOutputs({});
  }
}

function webhook({ webhookUrl, webhookSecret }: StackConfig): Record<string, string> {
  return {
    ...(webhookUrl !== undefined && { [env.webhookUrl]: webhookUrl }),
    ...(webhookSecret !== undefined && { [env.webhookSecret]: webhookSecret }),
  };
}
