import { memberPorts } from '../../contract/ports.ts';
import type { Member, ReleaseDocument } from './release-document.ts';
import { stableHash } from '../routing/stable-hash.ts';

const { first, last } = memberPorts;
const count = last - first + 1;

/** Host and URL of a member. */
export type MemberAddress = Pick<Member, 'host' | 'url'>;

/** Addresses that other services have, or have had. */
export interface AddressesElsewhere {
  /** Reservations of all services so far; the next one must find it unchanged. */
  readonly reservations: number;
  /** Members of other services, in any state: they may be on the same host. */
  readonly members: readonly MemberAddress[];
}

export const nothingElsewhere: AddressesElsewhere = { reservations: 0, members: [] };

/** Place for which a port is wanted. */
export interface PortPlace {
  readonly host: string;
  /** Address of the host, as it stands in a member's URL. */
  readonly address: string;
  readonly elsewhere: AddressesElsewhere;
}

/**
 * Returns a member port that no member of the host holds, in any state and of any service; undefined
 * if all are taken. The search starts at a port derived from the service's name, so that the ports of
 * services that share a host lie apart, and one further with every reservation: a port that is free again
 * is used last. A proxy that was cut off from Redis may still send requests to it, which would reach the
 * container of another member, or of another service.
 */
export function allocatePort(
  { service, members }: Pick<ReleaseDocument, 'service' | 'members'>,
  { host, address, elsewhere }: PortPlace,
): number | undefined {
  const own = members.filter((member) => member.host === host);
  // Stacks may name one machine differently: the address says which one it is.
  const others = elsewhere.members.filter(
    (other) => other.host === host || other.url.startsWith(`http://${address}:`),
  );
  const taken = new Set([...own, ...others].map(({ url }) => Number(URL.parse(url)?.port)));
  const start = stableHash(count, service) + elsewhere.reservations;
  for (let step = 0; step < count; step += 1) {
    const port = first + ((start + step) % count);
    if (!taken.has(port)) return port;
  }
  return undefined;
}
