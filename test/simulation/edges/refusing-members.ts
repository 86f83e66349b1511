import type { Member } from '../../../runtime/core/release/release-document.ts';
import { platform } from '../platform/platform.ts';

/** Stands in for the leader's look at which members refuse connections. */
export function refusingMembers(members: readonly Member[]): Promise<Member[]> {
  const { fleet } = platform();
  return Promise.resolve(members.filter(({ url }) => fleet.at(new URL(url).host) === undefined));
}
