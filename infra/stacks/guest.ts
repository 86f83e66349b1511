/** Stacks of role prod and local that use the hosts of another stack. */
import * as pulumi from '@pulumi/pulumi';
import { distinctArchitectures } from '../../runtime/contract/architecture.ts';
import type { Track } from '../../runtime/contract/names.ts';
import type { HostConnection } from '../config/host-connection.ts';
import { consolePage } from '../config/console.ts';
import { hostNames, proxiesServeHttps, tlsOf } from '../config/edge.ts';
import type { ProdConnection } from '../config/prod-connection.ts';
import type { StackConfig } from '../config/stack-config.ts';
import type { HostImage } from '../images/host-image.ts';
import { buildImages, type ReleaseImages } from '../images/release-images.ts';
import { newest } from '../release/generation.ts';
import type { Control } from '../release/control.ts';
import { registeredService } from '../release/service-registration.ts';
import { App } from '../services/app.ts';
import { canaryWeight } from '../services/canary-weight.ts';
import { guestRedis } from '../services/guest-redis.ts';
import { guestMonitorConfig, type MonitorConfigOptions } from '../services/monitor-config.ts';
import { generatedPassword } from '../services/password.ts';
import type { RedisAccess } from '../services/redis.ts';
import { fullStackName } from '../shell/stack-name.ts';
import { whenMade } from '../shell/when-made.ts';
import type { PartOptions } from '../shell/part-options.ts';
import { refuseClaimedHosts } from './claimed-hosts.ts';
import { GuestTarget } from '../targets/guest/target.ts';
import type { Target } from '../targets/target.ts';
import { addCanary, hasBothTracks } from './both-tracks.ts';
import { registerHosts, serviceUrl } from './edge.ts';
import { makeFlagsServers } from './flags-servers.ts';
import { afterRelease, beforeRelease, makeWorkers, type ReleaseParts } from './hooks.ts';
import { readHosts } from './host-outputs.ts';
import { hostsInTurn } from './placement.ts';
import { readConnection } from './prod-outputs.ts';
import { appOnHosts, pullLogins, runtimeOnHosts } from './pulls.ts';
import { appArgs, imageArgs, monitorConfigOptions, shareArgs } from './service-args.ts';
import { sshPrivateKey } from './target-args.ts';
import { recordRelease, type TrackImages } from './track-release.ts';

export interface GuestParts {
  readonly target: Target;
  readonly images: ReleaseImages;
  /** Release of the stack's own canary, if it is another than the stable one. */
  readonly canaryImages?: TrackImages | undefined;
  readonly url: pulumi.Output<string> | undefined;
  readonly hostAddresses: pulumi.Output<Record<string, string[]>> | undefined;
  /** Undefined: the stack has no members. */
  readonly generation: pulumi.Output<number> | undefined;
  /** Connection for the guest's canary stacks. Secret. Undefined on target docker. */
  readonly connection: pulumi.Output<ProdConnection> | undefined;
  /** Service whose monitors and proxies the guest uses. */
  readonly edgeService: string;
}

/** Adds canary members of a guest to the hosts of its host stack. */
export async function makeGuestCanary(
  config: StackConfig,
  opts: PartOptions = {},
): Promise<Omit<GuestParts, 'url' | 'hostAddresses'>> {
  const { service, hostStack = '', prodStack = '', target: targetName } = config;
  const hosts = await readHosts({ hostStack, service, targetName, opts });
  const prod = await readConnection({ prodStack, service, targetName, opts });
  const joined = joinHosts(config, hosts, opts);
  const { target, images, control } = joined;
  const redis = guestRedis({
    url: prod.redisUrl,
    near: hosts.nearRedis,
    username: service,
    password: pulumi.secret(new URL(prod.redisUrl).password),
    ready: [],
  });
  const release = releaseOf(config, 'canary', { ...joined, redis });
  const connection = pulumi.secret(pulumi.output(prod));
  const made = { target, images, connection, edgeService: hosts.service };
  if (config.canaryCount === 0) return { ...made, generation: undefined };
  const { app: canary, serving } = guestApp(config, release, beforeRelease(config, release));
  recordRelease('canary', { images, control, members: canary, opts });
  afterRelease(config, release, serving);
  const share = { ...shareArgs(config), control, canary };
  const generation = canaryWeight('canary-weight', share, opts);
  return { ...made, generation };
}

/** Adds members and a route to the hosts of another stack; with both tracks, a canary too. */
export async function makeGuest(config: StackConfig, opts: PartOptions = {}): Promise<GuestParts> {
  const { service, hostStack = '' } = config;
  const hosts = await readHosts({ hostStack, service, targetName: config.target, opts });
  refuseWithoutHttps(config, hosts);
  await refuseClaimedHosts(config, hosts);
  const joined = joinHosts(config, hosts, opts);
  const { target, images, control: unregistered } = joined;
  const redisPassword = generatedPassword('redis-password', opts);
  const registered = registeredService(
    'service',
    {
      control: unregistered,
      redisPassword,
      monitor: guestMonitorConfig(withConsole(monitorConfigOptions(config), hosts, service)),
      webhookUrl: config.webhookUrl,
      webhookSecret: config.webhookSecret,
      after: [],
    },
    opts,
  );
  const control = { ...unregistered, ready: [registered] };
  const redis = guestRedis({
    url: hosts.redisUrl,
    near: hosts.nearRedis,
    username: service,
    password: redisPassword,
    ready: [registered],
  });
  const parts = releaseOf(config, 'stable', { ...joined, control, redis });
  const before = beforeRelease(config, parts);
  const { app: stable, serving } = guestApp(config, parts, before);
  recordRelease('stable', { images, control, members: stable, opts });
  registerHosts(config, { control, opts }, [stable]);
  const { logins } = joined;
  const canary = hasBothTracks(config)
    ? addCanary(config, { parts, images, before, serving, logins })
    : undefined;
  if (!hasBothTracks(config)) afterRelease(config, parts, serving);
  const generations = [stable.generation, ...(canary === undefined ? [] : [canary.generation])];
  return {
    target,
    images,
    canaryImages: canary?.images,
    url: serviceUrl({ ...config, httpPort: hosts.httpPort, httpsPort: hosts.httpsPort }),
    hostAddresses: guestAddresses(config, hosts),
    generation: newest(generations),
    connection: offerGuest(hosts, { service, redis, target }),
    edgeService: hosts.service,
  };
}

/** Messages link to the console of the host stack, unless the guest names another one. */
function withConsole(
  options: MonitorConfigOptions,
  { consoleUrl }: HostConnection,
  service: string,
): MonitorConfigOptions {
  if (consoleUrl === undefined || options.link !== undefined) return options;
  return { ...options, link: consolePage(consoleUrl, service) };
}

interface Joined {
  readonly target: GuestTarget;
  readonly images: ReleaseImages;
  readonly image: HostImage;
  readonly control: Control;
  readonly logins: ReturnType<typeof pullLogins>;
  readonly opts: PartOptions;
}

interface JoinedRelease extends Joined {
  readonly redis: RedisAccess;
}

/** The hosts of the host stack, with the guest's image on them. */
function joinHosts(config: StackConfig, connection: HostConnection, opts: PartOptions): Joined {
  const { service, region = '', tags } = config;
  const target = new GuestTarget(
    `${service}-${config.role}`,
    {
      service,
      hosts: connection.hosts,
      privateKey: sshPrivateKey(config),
      registry: registryOf(connection),
      aws: config.target === 'aws' ? { region, tags } : undefined,
      pullLogins: config.pullLogins,
    },
    opts,
  );
  const logins = pullLogins(config, target.registry);
  const { runtimeImage = connection.runtimeImage } = config;
  const { registry } = target;
  const { sendsImages = false } = connection;
  const architectures = distinctArchitectures(target.hosts.map(({ architecture }) => architecture));
  const given = { ...imageArgs(config), sendsImages, architectures, runtimeImage };
  const images = buildImages({ ...given, registry, logins }, opts);
  const [first] = target.hosts;
  if (first === undefined) throw new pulumi.RunError('a stack needs a host');
  const control: Control = {
    service,
    edgeService: connection.service,
    shell: first.shell,
    ready: [first.ready],
    owner: fullStackName(),
  };
  const image = appOnHosts({ images, hosts: target.hosts, logins, opts });
  return { target, images, image, control, logins, opts };
}

/**
 * The members and workers of one track of a guest.
 * @param after what is created before any of them.
 */
function guestApp(
  config: StackConfig,
  release: ReleaseParts,
  after: readonly pulumi.Resource[],
): { readonly app: App; readonly serving: pulumi.Resource[] } {
  const { track, hosts } = release;
  const count = track === 'stable' ? config.stableCount : config.canaryCount;
  const members = {
    ...appArgs(config, track),
    ...release,
    hosts: hostsInTurn(hosts, count),
    after,
  };
  const app = new App(track, members, release.opts);
  return { app, serving: [app, ...makeWorkers(config, release, after)] };
}

function releaseOf(
  config: StackConfig,
  track: Track,
  { target, images, image, control, redis, logins, opts }: JoinedRelease,
): ReleaseParts {
  const { hosts } = target;
  const runtime = () => runtimeOnHosts({ images, hosts, logins, opts });
  const servers = makeFlagsServers(config, { hosts, runtime, redis, opts });
  const { version } = images;
  const roleAccess = undefined;
  return { track, hosts, image, version, redis, control, servers, roleAccess, opts };
}

/** @throws RunError if the guest wants https of proxies that serve none. */
function refuseWithoutHttps(config: StackConfig, { tls, service }: HostConnection): void {
  if (!proxiesServeHttps(tlsOf(config)) || proxiesServeHttps(tls)) return;
  throw new pulumi.RunError(
    `perch:tls must be none: the proxies of service ${service} serve no https; set perch:tls in ${config.hostStack} to acme or certificate first`,
  );
}

/** Addresses for the DNS of each host name. Undefined: it has the load balancer's. */
function guestAddresses(
  config: StackConfig,
  { addresses }: HostConnection,
): pulumi.Output<Record<string, string[]>> | undefined {
  if (addresses.length === 0) return undefined;
  return pulumi.output(Object.fromEntries(hostNames(config).map((name) => [name, addresses])));
}

function registryOf({ registry }: HostConnection) {
  if (registry === undefined) return undefined;
  const { address, username, password } = registry;
  return {
    address,
    username,
    password: password === undefined ? undefined : pulumi.secret(password),
  };
}

/** Connection for the guest's canary stacks, in place of a prod stack's. */
function offerGuest(
  { hosts, service: edgeService, target: targetName }: HostConnection,
  { service, redis, target }: { service: string; redis: RedisAccess; target: GuestTarget },
): pulumi.Output<ProdConnection> | undefined {
  const controls = hosts.flatMap(({ ssh }) => (ssh === undefined ? [] : [ssh]));
  const [control] = controls;
  const [first] = target.hosts;
  if (control === undefined || first === undefined) return undefined;
  return pulumi.secret(
    whenMade(redis.urlFrom(first, 'host'), (redisUrl): ProdConnection => ({
      service,
      edgeService,
      target: targetName,
      control,
      controls,
      redisUrl,
      network: {},
    })),
  );
}
