/** The edge of a prod stack: https of its proxies, the route of its service, its addresses. */
import * as pulumi from '@pulumi/pulumi';
import { hostPort } from '../../runtime/contract/host-port.ts';
import { httpsPort as usualHttpsPort } from '../../runtime/contract/edge.ts';
import { isWildcard } from '../../runtime/contract/host-name.ts';
import { servedHosts } from '../config/console.ts';
import { hasLoadBalancer, hostNames, httpsPortOf, routedHosts, tlsOf } from '../config/edge.ts';
import type { StackConfig } from '../config/stack-config.ts';
import type { Host } from '../hosts/host.ts';
import type { Control } from '../release/control.ts';
import { ownCertificate } from '../release/own-certificate.ts';
import { guestGuard } from '../release/guests.ts';
import { registeredRoute, type ServiceRoute } from '../release/route.ts';
import type { HttpsArgs } from '../services/host-proxy.ts';
import { generatedKey } from '../services/password.ts';
import type { PartOptions } from '../shell/part-options.ts';
import { whenMade } from '../shell/when-made.ts';

/**
 * Key that seals what the edge keeps in Redis: private keys, and secrets of guests. Secret. Undefined
 * without hosts, and so without guests.
 */
export function sealingKey(
  config: StackConfig,
  opts: PartOptions,
): pulumi.Output<string> | undefined {
  return routedHosts(config).length > 0 ? generatedKey('edge-key', opts) : undefined;
}

/** Https of the stack's proxies. Undefined: they serve none. */
export function proxyHttps(
  config: StackConfig,
  edgeKey: pulumi.Output<string> | undefined,
  hosts: readonly Host[],
): HttpsArgs | undefined {
  const port = httpsPortOf(config);
  if (port === undefined || edgeKey === undefined) return undefined;
  const { acmeDirectory, acmeEmail, acmeCaCertificate } = config;
  const publicAddresses = addressesOfProxies(config, hosts);
  return { port, acmeDirectory, acmeEmail, acmeCaCertificate, publicAddresses, edgeKey };
}

/**
 * Registers the service's hosts, with its own certificate if it has one. A service without hosts
 * registers none, and gets every request.
 * @param after resources created before: the proxies.
 */
export function registerHosts(
  config: StackConfig,
  { control, opts }: { readonly control: Control; readonly opts: PartOptions },
  after: readonly pulumi.Resource[],
): pulumi.Resource[] {
  if (routedHosts(config).length === 0) return [];
  return certifiedRoute('', { config, route: routeOf(config), control, after }, opts);
}

interface CertifiedRouteArgs {
  readonly config: Pick<StackConfig, 'certificate' | 'privateKey'>;
  readonly route: ServiceRoute;
  readonly control: Control;
  /** Resources created before. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * Registers a route, and before it the stack's own certificate for its hosts if the stack has one.
 * @param prefix of the names of both resources.
 */
export function certifiedRoute(
  prefix: string,
  { config, route, control, after }: CertifiedRouteArgs,
  opts: PartOptions,
): pulumi.Resource[] {
  const { certificate, privateKey } = config;
  const { hosts, pathPrefix } = route;
  const own = { control, hosts, pathPrefix, after };
  const certificates =
    certificate === undefined || privateKey === undefined
      ? []
      : [ownCertificate(`${prefix}certificate`, { ...own, certificate, privateKey }, opts)];
  const registered = registeredRoute(
    `${prefix}route`,
    { ...route, control, after: [...after, ...certificates] },
    opts,
  );
  return [...certificates, registered];
}

/** Route that the service registers. */
export function routeOf(config: StackConfig): ServiceRoute {
  const { pathPrefix, healthPath, healthHost, hsts: hstsSeconds } = config;
  // A monitor of an older release refuses a field that it does not know, so only what is set is given.
  const assetPaths = config.assetPaths.length > 0 ? config.assetPaths : undefined;
  const hosts = routedHosts(config);
  const health = { healthPath, healthHost };
  return { hosts, pathPrefix, ...health, assetPaths, tls: tlsOf(config), hstsSeconds };
}

export interface GuardedStack {
  readonly control: Control;
  /** Empty: the service registers no hosts, and so has no guests. */
  readonly edge: readonly pulumi.Resource[];
  /** The console for browsers. Undefined: the stack shows none. */
  readonly console: { readonly service: string } | undefined;
  /** Everything that guests use. */
  readonly parts: readonly pulumi.Resource[];
  /** The stable release. */
  readonly release: { readonly opts: PartOptions };
}

/**
 * Keeps the stack from being destroyed while it has guests. A stack whose service has no hosts has
 * none: once another service registers a route, nobody would reach its own.
 * @param after further resources that must outlive the guests.
 */
export function guardGuests(
  { control, edge, console, parts, release }: GuardedStack,
  after: readonly pulumi.Resource[],
): void {
  if (edge.length === 0) return;
  const others = console === undefined ? [] : [console.service];
  guestGuard('guests', { control, others, after: [...parts, ...after] }, release.opts);
}

/** URL of the service by its first host name. Undefined: it has none. */
export function serviceUrl(config: StackConfig): pulumi.Output<string> | undefined {
  const { httpPort, httpsPort, pathPrefix = '' } = config;
  const name = hostNames(config).find((host) => !isWildcard(host));
  if (name === undefined) return undefined;
  const isSecure = httpsPortOf(config) !== undefined;
  const [scheme, port, usualPort] = isSecure
    ? ['https', httpsPort, usualHttpsPort]
    : ['http', httpPort, usualHttpPort];
  return pulumi.output(`${scheme}://${name}${port === usualPort ? '' : `:${port}`}${pathPrefix}`);
}

const usualHttpPort = 80;

/** URL of the service for clients that reach its proxies directly. */
export function proxyUrl(config: StackConfig, first: Host): pulumi.Output<string> {
  const { httpPort } = config;
  return (
    serviceUrl(config) ??
    whenMade(first.publicAddress, (address) => `http://${hostPort(address, httpPort)}`)
  );
}

/**
 * Addresses that the DNS of each host must have: those of the hosts with a proxy. Undefined without
 * hosts, and where a load balancer stands in front.
 */
export function hostAddresses(
  config: StackConfig,
  hosts: readonly Host[],
): pulumi.Output<Record<string, string[]>> | undefined {
  const names = servedHosts(config);
  if (names.length === 0 || hasLoadBalancer(config)) return undefined;
  return whenMade(addressesOfProxies(config, hosts), (addresses) =>
    Object.fromEntries(names.map((name) => [name, addresses])),
  );
}

function addressesOfProxies({ proxyCount }: StackConfig, hosts: readonly Host[]) {
  return pulumi.all(hosts.slice(0, proxyCount).map(({ publicAddress }) => publicAddress));
}
