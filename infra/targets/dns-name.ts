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
