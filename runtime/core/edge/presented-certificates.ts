import type { Certificate } from './certificate.ts';
import { uncoveredHosts } from './certificate-check.ts';
import type { StoredRoute } from './route.ts';

/** Certificate that Redis holds. */
export interface HeldCertificate {
  readonly certificate: Certificate;
  /** Service that brought it; undefined for one that was ordered by ACME. */
  readonly service: string | undefined;
}

export interface EdgeNames {
  readonly routes: readonly Pick<StoredRoute, 'service' | 'hosts'>[];
  /** Host names that need a certificate by ACME. */
  readonly acmeHosts: readonly string[];
}

/**
 * Certificates that proxies present: each for the hosts of its own service only, because no service
 * may speak for the hosts of another. A service without a route has all names that no route has. Of
 * two for one host, a service's own one counts; it comes last.
 */
export function presentedCertificates(
  held: readonly HeldCertificate[],
  { routes, acmeHosts }: EdgeNames,
): Certificate[] {
  const byService = new Map(routes.map(({ service, hosts }) => [service, hosts]));
  const routed = new Set(routes.flatMap(({ hosts }) => hosts));
  const hostsOf = ({ certificate: { hosts }, service }: HeldCertificate): readonly string[] => {
    if (service === undefined) return hosts.filter((host) => acmeHosts.includes(host));
    const own = byService.get(service);
    if (own === undefined) return hosts.filter((host) => !routed.has(host));
    const uncovered = uncoveredHosts(own, hosts);
    return own.filter((host) => !uncovered.includes(host));
  };
  return held
    .toSorted((a, b) => Number(a.service !== undefined) - Number(b.service !== undefined))
    .map((one) => ({ ...one.certificate, hosts: hostsOf(one) }))
    .filter(({ hosts }) => hosts.length > 0);
}

export interface CertificateUses extends EdgeNames {
  /** Service of the proxies: without a route it serves every name that no route has. */
  readonly edgeService: string;
}

/** Hosts for which clients get a stored certificate; none while its service gets no request. */
export function hostsInUse(
  { hosts, service }: { readonly hosts: readonly string[]; readonly service: string | undefined },
  { routes, acmeHosts, edgeService }: CertificateUses,
): string[] {
  if (service === undefined) return hosts.filter((host) => acmeHosts.includes(host));
  const own = routes.find((route) => route.service === service)?.hosts;
  if (own !== undefined) {
    const uncovered = uncoveredHosts(own, hosts);
    return own.filter((host) => !uncovered.includes(host));
  }
  if (service !== edgeService) return [];
  return hosts.filter((host) => !routes.some((route) => route.hosts.includes(host)));
}
