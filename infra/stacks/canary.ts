import * as pulumi from '@pulumi/pulumi';
import { distinctArchitectures, usualArchitecture } from '../../runtime/contract/architecture.ts';
import type { ProdConnection } from '../config/prod-connection.ts';
import type { StackConfig } from '../config/stack-config.ts';
import { sshConnection } from '../hosts/ssh-connection.ts';
import { buildImages } from '../images/release-images.ts';
import type { Control } from '../release/control.ts';
import { App } from '../services/app.ts';
import { canaryWeight } from '../services/canary-weight.ts';
import type { HostMonitor } from '../services/host-monitor.ts';
import type { RedisAccess } from '../services/redis.ts';
import { livingControl } from '../shell/control-shell.ts';
import type { PartOptions } from '../shell/part-options.ts';
import { makeTarget } from '../targets/make-target.ts';
import { afterRelease, beforeRelease, makeWorkers } from './hooks.ts';
import { makeMemberServers } from './member-servers.ts';
import { makeMonitors } from './monitors.ts';
import { hostsInTurn } from './placement.ts';
import { readConnection } from './prod-outputs.ts';
import { appOnHosts, pullLogins, runtimeOnHosts } from './pulls.ts';
import type { ProdParts } from './prod.ts';
import { appArgs, imageArgs, monitorArgs, shareArgs } from './service-args.ts';
import { sshPrivateKey, targetArgs } from './target-args.ts';
import { recordRelease } from './track-release.ts';

export interface CanaryParts extends Pick<ProdParts, 'target' | 'images' | 'connection'> {
  /** Undefined: the stack has no members. */
  readonly generation: pulumi.Output<number> | undefined;
}

/** Makes canary members on hosts of their own, which join a prod stack. */
export async function makeCanary(
  config: StackConfig,
  opts: PartOptions = {},
): Promise<CanaryParts> {
  const { service } = config;
  const connection = await readConnection({
    prodStack: config.prodStack ?? '',
    service,
    targetName: config.target,
    opts,
  });
  const target = makeTarget(
    `${service}-${config.role}`,
    targetArgs(config, connection.network),
    opts,
  );
  const logins = pullLogins(config, target.registry);
  const { architectures: ofProd = [usualArchitecture] } = connection;
  const own = imageArgs(config);
  // Prod may get what the canary ran, and so on its hosts.
  const architectures = distinctArchitectures([...own.architectures, ...ofProd]);
  const images = buildImages({ ...own, architectures, registry: target.registry, logins }, opts);
  const pulls = { images, hosts: target.hosts, logins, opts };
  const redis: RedisAccess = { urlFrom: () => pulumi.secret(connection.redisUrl), ready: [] };
  const runtime = runtimeOnHosts(pulls);
  const monitors = makeMonitors(
    target.hosts,
    { ...monitorArgs(config), image: runtime, redis, edgeKey: undefined },
    opts,
  );
  target.watchMonitors?.(monitors.map((monitor) => monitor.ready));
  const control = prodControl(
    connection,
    await controlHost(connection, config),
    sshPrivateKey(config),
    monitors,
  );
  const release = {
    track: 'canary',
    hosts: target.hosts,
    image: appOnHosts(pulls),
    version: images.version,
    redis,
    // The monitors of its own hosts are of this service, whoever the hosts of prod belong to.
    control: { ...control, edgeService: undefined },
    ...makeMemberServers(config, { target, image: runtime, redis, opts }),
    opts,
  } as const;
  const made = { target, images, connection: pulumi.secret(pulumi.output(connection)) };
  // The hosts and their monitors stay for the next canary.
  if (config.canaryCount === 0) return { ...made, generation: undefined };
  const before = beforeRelease(config, release);
  const canary = new App(
    'canary',
    {
      ...appArgs(config, 'canary'),
      ...release,
      hosts: hostsInTurn(target.hosts, config.canaryCount),
      control,
      after: before,
    },
    opts,
  );
  recordRelease('canary', { images, control, members: canary, opts });
  const workers = makeWorkers(config, release, before);
  afterRelease(config, release, [canary, ...workers]);
  const share = { ...shareArgs(config), control, canary };
  const generation = canaryWeight('canary-weight', share, opts);
  return { ...made, generation };
}

/** Prod's control host, or the first of its other hosts that answers if that one does not. */
async function controlHost(
  { service, edgeService = service, control, controls = [] }: ProdConnection,
  { sshPrivateKey = '' }: StackConfig,
): Promise<ProdConnection['control']> {
  if (controls.length < 2) return control;
  const candidates = controls.map((address) => ({ ...address, privateKey: sshPrivateKey }));
  const living = await livingControl(edgeService, candidates);
  if (living === undefined) return control;
  const { privateKey: _secret, ...address } = living;
  return address;
}

/** Runs commands on a host of prod. The canary's own monitors must watch before it gets traffic. */
function prodControl(
  { service, edgeService }: ProdConnection,
  control: ProdConnection['control'],
  privateKey: pulumi.Output<string>,
  monitors: readonly HostMonitor[],
): Control {
  const { proxyJump } = control;
  return {
    service,
    edgeService,
    shell: {
      kind: 'ssh',
      connection: sshConnection({ ...control, proxyJump, privateKey }),
      proxyJump,
    },
    ready: monitors.map((monitor) => monitor.ready),
  };
}
