import { memberPorts } from '../../contract/ports.ts';
import type { ReleaseDocument } from './release-document.ts';
import { stableHash } from '../routing/stable-hash.ts';

const { first, last } = memberPorts;
const count = last - first + 1;

/**
 * Returns a member port that no member of `host` holds, in any state; undefined if all are taken.
 * The search starts at a port derived from the service's name, because services that share a host do
 * not know each other's members.
 */
export function allocatePort(
  { service, members }: Pick<ReleaseDocument, 'service' | 'members'>,
  host: string,
): number | undefined {
  const taken = new Set(
    members
      .filter((member) => member.host === host)
      .map((member) => Number(new URL(member.url).port)),
  );
  const start = stableHash(count, service);
  for (let step = 0; step < count; step += 1) {
    const port = first + ((start + step) % count);
    if (!taken.has(port)) return port;
  }
  return undefined;
}
