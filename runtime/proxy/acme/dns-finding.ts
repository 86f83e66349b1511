import { Resolver } from 'node:dns/promises';

const timeoutMs = 2_000;

/** Finds addresses of a name by record type. */
export type AddressResolver = Pick<Resolver, 'resolve4' | 'resolve6'>;

/** Creates a resolver that asks the servers of this machine and gives up soon. */
export function ownResolver(): AddressResolver {
  return new Resolver({ timeout: timeoutMs, tries: 2 });
}

/** Returns the addresses that DNS has for a host, or the reason why it has none, for people. */
export async function dnsFinding(host: string, resolver: AddressResolver): Promise<string> {
  const [v4, v6] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  const addresses = [v4, v6].flatMap((result) =>
    result.status === 'fulfilled' ? result.value : [],
  );
  if (addresses.length > 0) return addresses.toSorted().join(', ');
  return v4.status === 'rejected' ? `no address (${codeOf(v4.reason)})` : 'no address';
}

function codeOf(reason: unknown): string {
  return reason instanceof Error && 'code' in reason ? String(reason.code) : 'unknown';
}
