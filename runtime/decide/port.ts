import { memberPorts } from '../contract/ports.ts';
import type { Member } from './release-document.ts';

/** The lowest member port that no member of `host` holds, whatever its state; undefined when all are taken. */
export function lowestFreePort(members: readonly Member[], host: string): number | undefined {
  const taken = new Set(
    members
      .filter((member) => member.host === host)
      .map((member) => Number(new URL(member.url).port)),
  );
  for (let port: number = memberPorts.first; port <= memberPorts.last; port += 1) {
    if (!taken.has(port)) return port;
  }
  return undefined;
}
