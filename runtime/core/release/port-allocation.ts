import { memberPorts } from '../../contract/ports.ts';
import type { ReleaseDocument } from './release-document.ts';
import { stableHash } from '../routing/stable-hash.ts';

const { first, last } = memberPorts;
const count = last - first + 1;

/**
 * A member port that no member of `host` holds, whatever its state; undefined when all are taken.
 * The first free one from a place of the service's own on: services that share a host know
 * nothing of each other's members.
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
