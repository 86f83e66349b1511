export interface DnsName {
  /** The zone that the record is made in. */
  readonly zone: string;
  /** The name within the zone; `@` for the zone itself. */
  readonly label: string;
}

/** @param zone default: the name without its first label. */
export function dnsName(domain: string, zone = domain.slice(domain.indexOf('.') + 1)): DnsName {
  return { zone, label: domain === zone ? '@' : domain.slice(0, -zone.length - 1) };
}
