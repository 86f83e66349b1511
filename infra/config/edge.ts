/** The edge of a stack: its host names, and who ends TLS for them. Pure. */
import type { TlsMode } from '../../runtime/contract/edge.ts';
import type { Values } from './schema.ts';

/** Keys that say how the edge is made. */
export const edgeFields = [
  'role',
  'target',
  'hostStack',
  'hosts',
  'domain',
  'tls',
  'proxyCount',
] as const;
export type EdgeValues = Pick<Values, (typeof edgeFields)[number]>;

/** Host names of the service. `domain` is the short form of one. */
export function hostNames({ hosts, domain }: Pick<EdgeValues, 'hosts' | 'domain'>): string[] {
  return domain === undefined ? [...hosts] : [domain, ...hosts];
}

/**
 * Host names that the service registers with the proxies, which then refuse every other name. A cloud
 * stack with `domain` alone registers none: releases before 0.3 knew it, and served every name.
 */
export function routedHosts(values: EdgeValues): string[] {
  const { domain, tls, target, hostStack } = values;
  const isOld = domain !== undefined && tls === undefined && hostStack === undefined;
  return isOld && isCloud(target) ? [] : hostNames(values);
}

/**
 * Way of TLS that the stack sets, or the default: the load balancer's where one stands in front, an
 * authority's where hosts are named, otherwise none. A cloud's load balancer stands in front of
 * several proxies, and of the `domain` of releases before 0.3.
 */
export function tlsOf(values: EdgeValues): TlsMode {
  const { tls, domain, proxyCount, target, hostStack } = values;
  if (tls !== undefined) return tls;
  if (hostNames(values).length === 0) return 'none';
  const stands =
    hostStack === undefined && isCloud(target) && (domain !== undefined || proxyCount > 1);
  return stands ? 'loadBalancer' : 'acme';
}

/** True if the proxies themselves serve https. */
export function proxiesServeHttps(tls: TlsMode): boolean {
  return tls === 'acme' || tls === 'certificate';
}

/** Port on which the proxies serve https. Undefined: they do not. */
export function httpsPortOf(values: EdgeValues & Pick<Values, 'httpsPort'>): number | undefined {
  return proxiesServeHttps(tlsOf(values)) ? values.httpsPort : undefined;
}

/** True if a cloud's load balancer stands in front of the proxies. */
export function hasLoadBalancer(values: EdgeValues): boolean {
  const { role, target, hostStack, proxyCount } = values;
  if (role === 'canary' || hostStack !== undefined || !isCloud(target)) return false;
  const tls = tlsOf(values);
  return tls === 'loadBalancer' || (tls === 'none' && proxyCount > 1);
}

function isCloud(target: EdgeValues['target']): boolean {
  return target === 'aws' || target === 'digitalocean';
}
