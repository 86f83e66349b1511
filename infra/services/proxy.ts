import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { env } from '../../runtime/contract/env.ts';
import { labels } from '../../runtime/contract/labels.ts';
import type { StackConfig } from '../config/stack-config.ts';
import type { Host } from '../hosts/host.ts';
import { containerArgs, readOnlyRoot } from './container.ts';
import { adminHealthCheck } from './health.ts';
import type { HostImage } from '../images/host-image.ts';
import type { RedisAccess } from './redis.ts';

export interface ProxySettings {
  readonly host: Host;
  readonly image: HostImage;
  readonly config: StackConfig;
  readonly redis: RedisAccess;
  /** Lets a tester choose the track. Secret. */
  readonly overrideToken: pulumi.Output<string>;
  /** Whose X-Forwarded-* fields are believed: networks. */
  readonly trustedProxies: readonly pulumi.Input<string>[];
  /** It is ready when it has somewhere to send requests, so it comes after the members. */
  readonly after: readonly pulumi.Resource[];
}

const adminSocket = '/tmp/admin.sock';
const stateFolder = '/var/lib/perch';
const memoryMiB = { supervisor: 128, worker: 192 };

/**
 * The proxy of one host. It shares the host's network, so that a new one listens beside the old
 * one on the same port, until that has drained.
 */
export class Proxy extends pulumi.ComponentResource {
  constructor(name: string, settings: ProxySettings, options?: pulumi.ComponentResourceOptions) {
    super('perch:service:Proxy', name, {}, options);
    const { host, image, config, redis, overrideToken } = settings;
    const onHost = { parent: this, provider: host.docker };
    const state = new docker.Volume(name, {}, onHost);
    const container = new docker.Container(
      name,
      {
        ...containerArgs({
          service: config.service,
          part: 'proxy',
          image: image(host),
          environment: {
            [env.service]: config.service,
            [env.host]: host.name,
            [env.redisUrl]: redis.urlFrom(host, 'host'),
            [env.overrideToken]: overrideToken,
          },
          memoryMiB: memoryMiB.supervisor + memoryMiB.worker * config.proxyWorkers,
          healthCheck: adminHealthCheck(adminSocket, '/readyz'),
          startTimeoutSeconds: config.startTimeoutSeconds,
          stopTimeoutSeconds: config.drainTimeoutSeconds + 5,
          labels: { [labels.port]: String(config.httpPort) },
        }),
        ...readOnlyRoot,
        networkMode: 'host',
        command: [
          'proxy',
          `--listen=${host.shell.kind === 'here' ? '127.0.0.1' : '0.0.0.0'}:${config.httpPort}`,
          `--admin=unix:${adminSocket}`,
          `--state-dir=${stateFolder}`,
          `--workers=${config.proxyWorkers}`,
          `--drain-timeout=${config.drainTimeoutSeconds * 1_000}`,
          `--health-path=${config.healthPath}`,
          ...settings.trustedProxies.map((network) => pulumi.interpolate`--trust-proxy=${network}`),
        ],
        volumes: [{ volumeName: state.name, containerPath: stateFolder }],
      },
      { ...onHost, deleteBeforeReplace: false, dependsOn: [...redis.ready, ...settings.after] },
    );
    this.registerOutputs({ container: container.name });
  }
}
