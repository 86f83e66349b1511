import * as pulumi from '@pulumi/pulumi';
import { usualArchitecture } from '../../runtime/contract/architecture.ts';
import { hostConnectionSchema, type HostConnection } from '../config/host-connection.ts';
import { consoleOrigin } from '../config/console.ts';
import { hasLoadBalancer, routedHosts, tlsOf } from '../config/edge.ts';
import { noRegistry } from '../config/image-reference.ts';
import type { StackConfig } from '../config/stack-config.ts';
import type { Host } from '../hosts/host.ts';
import type { ReleaseImages } from '../images/release-images.ts';
import type { Registry } from '../images/registry.ts';
import type { RedisAccess } from '../services/redis.ts';
import type { PartOptions } from '../shell/part-options.ts';
import { whenMade } from '../shell/when-made.ts';
import type { Target } from '../targets/target.ts';
import { addressOf } from './prod-outputs.ts';

export interface OfferedHosts {
  readonly target: Target;
  readonly redis: RedisAccess;
  readonly images: ReleaseImages;
}

/**
 * Connection for guests. Secret. Undefined for a stack whose service has no hosts of its own: nobody
 * would reach it once a guest's route is there.
 */
export function offerHosts(
  config: StackConfig,
  prod: OfferedHosts,
): pulumi.Output<HostConnection> | undefined {
  if (routedHosts(config).length === 0) return undefined;
  const { target, redis, images } = prod;
  const [first] = target.hosts;
  if (first === undefined) return undefined;
  const made = pulumi.all([
    pulumi.all(target.hosts.map(offeredHost)),
    redis.urlFrom(first, 'host'),
    redis.urlFrom(first, 'network'),
    images.runtime,
    offeredRegistry(target.registry),
  ]);
  const connection = whenMade(made, ([hosts, redisUrl, nearUrl, runtimeImage, registry]) =>
    hostConnectionSchema.parse({
      service: config.service,
      target: config.target,
      hosts,
      redisUrl,
      redis: config.redis,
      ...(nearUrl !== redisUrl && { nearRedis: { host: first.name, url: nearUrl } }),
      ...(registry !== null && { registry }),
      ...(config.registry === noRegistry && { sendsImages: true }),
      runtimeImage,
      tls: tlsOf(config),
      httpPort: config.httpPort,
      httpsPort: config.httpsPort,
      consoleUrl: consoleOrigin(config),
      addresses: hasLoadBalancer(config)
        ? []
        : hosts.slice(0, config.proxyCount).map(({ publicAddress }) => publicAddress),
    }),
  );
  return pulumi.secret(connection);
}

function offeredHost(host: Host) {
  const [ssh] = addressOf(host);
  return pulumi.output({
    name: host.name,
    ...(host.architecture !== usualArchitecture && { architecture: host.architecture }),
    ipv6: host.ipv6,
    privateAddress: host.privateAddress,
    publicAddress: host.publicAddress,
    networkName: host.network.name,
    ...(ssh !== undefined && { ssh }),
  });
}

/** Null without a registry: an undefined value would be one that is not made yet. */
function offeredRegistry(registry: Registry | undefined): pulumi.Output<object | null> {
  if (registry === undefined) return pulumi.output(null);
  const { address, username, password } = registry;
  return pulumi
    .all([address, username ?? null, password ?? null])
    .apply(([value, user, secret]) => ({
      address: value,
      ...(user !== null && { username: user }),
      ...(secret !== null && { password: secret }),
    }));
}

export interface GuestStack {
  /** Full name of the host stack: organization/project/stack. */
  readonly hostStack: string;
  readonly service: string;
  readonly targetName: string;
  readonly opts: PartOptions;
}

/**
 * Reads the connection of a host stack, before anything is made.
 * @throws RunError if the stack offers none, has another target, or cannot have guests.
 */
export async function readHosts(guest: GuestStack): Promise<HostConnection> {
  const { hostStack, service, targetName, opts } = guest;
  const reference = new pulumi.StackReference('perch:hostStack', { name: hostStack }, opts);
  const { secretValue } = await reference.getOutputDetails('hostConnection');
  const parsed = hostConnectionSchema.safeParse(secretValue);
  if (!parsed.success) {
    throw new pulumi.RunError(
      `perch:hostStack must be a prod stack that is up and has perch:hosts; ${hostStack} offers nothing to guests`,
    );
  }
  const connection = parsed.data;
  if (connection.target !== targetName) {
    throw new pulumi.RunError(
      `perch:target must be that of ${hostStack}, ${connection.target}, got ${targetName}`,
    );
  }
  if (connection.service === service) {
    throw new pulumi.RunError(
      `perch:service must not be that of ${hostStack}, got ${service}: a guest is another service`,
    );
  }
  if (connection.tls === 'loadBalancer') {
    throw new pulumi.RunError(
      `perch:hostStack must be a stack whose proxies have the certificates themselves; the load balancer of ${hostStack} has one for its own hosts only`,
    );
  }
  if (connection.redis === 'managed') {
    throw new pulumi.RunError(
      `perch:hostStack must be a stack with perch:redis container: each guest has a Redis user of its own, and the managed Redis of ${hostStack} lets no command make one`,
    );
  }
  return connection;
}
