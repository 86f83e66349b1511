/** Part of a route that no other route may have. */
export interface RouteClaim {
  readonly service: string;
  readonly hosts: readonly string[];
  readonly pathPrefix?: string | undefined;
}

/** Name of what a route claims at one host, for people. */
export function claimText(host: string, pathPrefix: string | undefined): string {
  return `${host}${pathPrefix ?? ''}`;
}

/**
 * Claims of a route that another service holds already, each with that service's name. Two services
 * may share a host with different prefixes, because the longest one decides.
 */
export function routeConflicts(route: RouteClaim, others: readonly RouteClaim[]): string[] {
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
