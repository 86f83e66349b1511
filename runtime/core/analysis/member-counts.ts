import type { HealthReport } from './unhealthy-since.ts';

/**
 * Requests of one member since its proxy started, and the failed ones among them, as the judge
 * counts both. Requests that chance did not give to the member, such as retries, do not count.
 */
export interface MemberCounts {
  readonly requests: number;
  readonly failures: number;
}

/** Health and counts of the members, as a proxy reports them. */
export interface MemberReport extends HealthReport {
  readonly id: string;
  /** By member id; undefined in reports of older proxies. */
  readonly memberCounts?: Readonly<Record<string, MemberCounts>> | undefined;
}

/** Counts of all members that were reported last, by proxy id. */
export type CountsOfProxies = ReadonlyMap<string, Readonly<Record<string, MemberCounts>>>;

export interface ComparedIds {
  readonly memberId: string;
  readonly otherIds: ReadonlySet<string>;
}

/** Counts of a member, and of those that it is compared with, over the same time. */
export interface AddedCounts {
  readonly member: MemberCounts;
  readonly others: MemberCounts;
}

/**
 * Counts that the proxies have added since their last reports. The first report of a proxy adds
 * nothing: it is what later ones are measured from. Nor does a report in which the member was not
 * available and got no request: what the others did then has nothing to be compared with.
 */
export function addedCounts(
  before: CountsOfProxies,
  reports: readonly MemberReport[],
  { memberId, otherIds }: ComparedIds,
): { readonly counted: CountsOfProxies; readonly added: AddedCounts } {
  const counted = new Map(before);
  let added: AddedCounts = { member: none, others: none };
  for (const { id, memberCounts, memberHealth } of reports) {
    if (memberCounts === undefined) continue;
    const last = before.get(id);
    counted.set(id, memberCounts);
    if (last === undefined) continue;
    const since = (one: string) => difference(memberCounts[one] ?? none, last[one] ?? none);
    const member = since(memberId);
    if (member.requests === 0 && memberHealth[memberId] !== 'healthy') continue;
    const others = [...otherIds].map(since).reduce(sum, none);
    added = { member: sum(added.member, member), others: sum(added.others, others) };
  }
  return { counted, added };
}

const none: MemberCounts = { requests: 0, failures: 0 };

function sum(left: MemberCounts, right: MemberCounts): MemberCounts {
  return {
    requests: left.requests + right.requests,
    failures: left.failures + right.failures,
  };
}

/** Counts since the last report. Fewer than then: the proxy began to count anew. */
function difference(now: MemberCounts, last: MemberCounts): MemberCounts {
  if (now.requests < last.requests || now.failures < last.failures) return now;
  return { requests: now.requests - last.requests, failures: now.failures - last.failures };
}
