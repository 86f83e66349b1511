import type { StoredRoute } from './route.ts';

type Claim = Pick<StoredRoute, 'service' | 'hosts' | 'pathPrefix'>;

/** Name of what a route claims at one host, for people. */
export function claimText(host: string, pathPrefix: string | undefined): string {
  return `${host}${pathPrefix ?? ''}`;
}

/**
 * Claims of a route that another service holds already, each with that service's name. Two services
 * may share a host with different prefixes, because the longest one decides.
 */
export function routeConflicts(route: Claim, others: readonly Claim[]): string[] {
  return others
    .filter(
      ({ service, pathPrefix }) => service !== route.service && pathPrefix === route.pathPrefix,
    )
    .flatMap(({ service, hosts, pathPrefix }) =>
      hosts
        .filter((host) => route.hosts.includes(host))
        .map((host) => `${claimText(host, pathPrefix)} belongs to service ${service}`),
    );
}
