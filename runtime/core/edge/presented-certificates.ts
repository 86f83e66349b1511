import type { Certificate } from './certificate.ts';
import { isCovered } from '../../contract/certificate-chain.ts';
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
  names: EdgeNames,
): Certificate[] {
  return held
    .toSorted((a, b) => Number(a.service !== undefined) - Number(b.service !== undefined))
    .map(({ certificate, service }) => {
      const { hosts } = certificate;
      return { ...certificate, hosts: presentedHosts({ hosts, service }, names) };
    })
    .filter(({ hosts }) => hosts.length > 0);
}

interface OwnedHosts {
  /** Names of a certificate. */
  readonly hosts: readonly string[];
  /** Its service; undefined for one that was ordered by ACME. */
  readonly service: string | undefined;
}

function presentedHosts(
  { hosts, service }: OwnedHosts,
  { routes, acmeHosts }: EdgeNames,
): readonly string[] {
  if (service === undefined) return hosts.filter((host) => acmeHosts.includes(host));
  const own = routes.find((route) => route.service === service);
  if (own !== undefined) return own.hosts.filter((host) => isCovered(host, hosts));
  return hosts.filter((host) => !routes.some((route) => route.hosts.includes(host)));
}

export interface CertificateUses extends EdgeNames {
  /** Service of the proxies: without a route it serves every name that no route has. */
  readonly edgeService: string;
}

/** Hosts for which clients get a stored certificate; none while its service gets no request. */
export function hostsInUse(owned: OwnedHosts, uses: CertificateUses): readonly string[] {
  const { service } = owned;
  const isServed =
    service === undefined ||
    service === uses.edgeService ||
    uses.routes.some((route) => route.service === service);
  return isServed ? presentedHosts(owned, uses) : [];
}
