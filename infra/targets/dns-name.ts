export interface DnsName {
  /** Zone of the record. */
  readonly zone: string;
  /** Name within the zone; `@` for the zone itself. */
  readonly label: string;
}

/** @param zone DNS zone of `domain`. Default: `domain` without its first label. */
export function dnsName(domain: string, zone = domain.slice(domain.indexOf('.') + 1)): DnsName {
  return { zone, label: domain === zone ? '@' : domain.slice(0, -zone.length - 1) };
}

/** Name of the resource of a host's record, and the names that it may have had. */
export interface RecordResource {
  readonly name: string;
  readonly aliases: readonly { readonly name: string }[];
}

/**
 * Returns the resource of the record of `hosts[index]`. A single host's has the name of the load
 * balancer, as in every release; those of several have their host's, so that another order of the
 * hosts changes nothing.
 */
export function recordResource(
  name: string,
  hosts: readonly string[],
  index: number,
): RecordResource {
  const own = `${name}-${hosts[index]}`;
  if (hosts.length === 1) return { name, aliases: [{ name: own }] };
  return { name: own, aliases: index === 0 ? [{ name }] : [] };
}
