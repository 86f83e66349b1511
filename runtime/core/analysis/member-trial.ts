import type { HostSample } from '../host/host-sample.ts';
import type { Member } from '../release/release-document.ts';
import { defaultTrialSettings } from './advance-trial.ts';
import { defaultHardFailures } from './hard-failures.ts';
import { addedCounts, type CountsOfProxies, type MemberReport } from './member-counts.ts';
import { noCounts } from './traffic-counts.ts';
import {
  addToStatistics,
  emptyStatistics,
  type Comparison,
  type TrialStatistics,
} from './trial-statistics.ts';
import { decideVerdict, defaultVerdictSettings, type Verdict } from './verdict.ts';

/** Shortest trial, milliseconds: the time that health checks need to find a member unhealthy. */
const leastMs = 3_000;

/**
 * Trial of a member that was activated beside others of its track. The judge's tests compare its
 * requests with theirs: chance chose among them, as it chooses between the tracks for a canary. Times
 * are milliseconds since the epoch, by Redis' clock.
 */
export interface MemberTrial {
  readonly memberId: string;
  readonly startedAt: number;
  readonly counted: CountsOfProxies;
  readonly statistics: TrialStatistics;
  /** Start of the time for which some proxy has found the member unhealthy. */
  readonly unhealthySince: number | undefined;
}

export interface MemberTrialInput {
  readonly members: readonly Member[];
  readonly reports: readonly MemberReport[];
  readonly samples: readonly Pick<HostSample, 'workloads'>[];
  readonly nowMs: number;
  /** Longest trial, milliseconds. */
  readonly mostMs: number;
}

/** Outcome of a trial, with the evidence in a sentence without its full stop. */
export type MemberOutcome =
  | { readonly kind: 'running' }
  | { readonly kind: 'good' | 'bad'; readonly sentence: string };

/** @param startedAt time of the activation. */
export function beginMemberTrial(memberId: string, startedAt: number): MemberTrial {
  return {
    memberId,
    startedAt,
    counted: new Map(),
    statistics: emptyStatistics,
    unhealthySince: undefined,
  };
}

/**
 * Active members that a new member of their track is compared with: those of another version. If
 * there are none, all others: a release that changes only the environment keeps the version.
 */
export function comparedMembers(members: readonly Member[], memberId: string): Member[] {
  const member = members.find(({ id }) => id === memberId);
  const others = members.filter(
    ({ id, track, state }) => id !== memberId && track === member?.track && state === 'active',
  );
  const earlier = others.filter(({ version }) => version !== member?.version);
  return earlier.length > 0 ? earlier : others;
}

/** Advances a trial by what the proxies and the monitors report now. */
export function advanceMemberTrial(
  trial: MemberTrial,
  input: MemberTrialInput,
): { readonly trial: MemberTrial; readonly outcome: MemberOutcome } {
  const { members, reports, nowMs } = input;
  const others = comparedMembers(members, trial.memberId);
  const otherIds = new Set(others.map(({ id }) => id));
  const { counted, added } = addedCounts(trial.counted, reports, {
    memberId: trial.memberId,
    otherIds,
  });
  const isUnhealthy = reports.some((report) => findsUnhealthy(report, trial.memberId, otherIds));
  const next = {
    ...trial,
    counted,
    statistics: addToStatistics(trial.statistics, [{ ...bucketOf(added), startMs: nowMs }], terms),
    unhealthySince: isUnhealthy ? (trial.unhealthySince ?? nowMs) : undefined,
  };
  return { trial: next, outcome: decide(next, input, others.length) };
}

/** Terms of the comparison: the judge's defaults, without latencies, which the proxies do not report. */
const terms: Comparison = {
  ...defaultTrialSettings,
  slowAboveMs: undefined,
  safetyFromMs: 0,
  references: {
    errors: { requests: 0, bad: 0 },
    latency: { requests: 0, bad: 0 },
    rejections: { requests: 0, bad: 0 },
  },
};

/** Counts as a bucket of two tracks, of which the member stands for the canary. */
function bucketOf({ member, others }: ReturnType<typeof addedCounts>['added']) {
  return {
    // Any weight at which both have requests.
    weight: 50,
    canary: { ...noCounts, ...member },
    stable: { ...noCounts, ...others },
  };
}

function decide(
  trial: MemberTrial,
  { reports, samples, nowMs, mostMs }: MemberTrialInput,
  others: number,
): MemberOutcome {
  if (others === 0) return good('there is no other member to compare it with');
  if (reports.length === 0) return good('no proxy reports, so nothing is known of its requests');
  const verdict = decideVerdict({
    statistics: trial.statistics,
    comparison: terms,
    hardFailures: [],
    settings: defaultVerdictSettings,
  });
  const { harm } = verdict.evidence;
  if (verdict.kind === 'harmful' && harm !== undefined) {
    return bad(countsText(harm.canary, harm.stable, others));
  }
  const crash = crashText(trial, samples);
  if (crash !== undefined) return bad(crash);
  const passedMs = nowMs - trial.startedAt;
  const unhealthyMs = nowMs - (trial.unhealthySince ?? nowMs);
  const isUnhealthy = trial.unhealthySince !== undefined;
  const isOver = passedMs >= mostMs;
  if (unhealthyMs >= defaultHardFailures.unhealthyMs || (isUnhealthy && isOver)) {
    const seconds = Math.round(unhealthyMs / 1_000);
    return bad(`it has been unhealthy for ${seconds} s, and most of the other members are not`);
  }
  if (isUnhealthy || passedMs < Math.min(leastMs, mostMs)) return { kind: 'running' };
  if (reports.every(({ memberCounts }) => memberCounts === undefined)) {
    return good('it is healthy; the proxies are of a version that does not count by member');
  }
  if (verdict.kind !== 'safe' && !isOver) return { kind: 'running' };
  return good(goodText(verdict, passedMs, others));
}

function goodText({ kind, evidence }: Verdict, passedMs: number, others: number): string {
  const { canary, stable } = evidence;
  const counts = countsText(totalOf(canary), totalOf(stable), others);
  const text = `${counts}, in ${Math.round(passedMs / 1_000)} s`;
  if (kind === 'safe') return text;
  const isLittle = canary.requests < terms.safety.fewestRequests;
  return isLittle ? `${text}: too little traffic to find small harm` : `${text}: no harm found`;
}

interface Total {
  readonly all: number;
  readonly bad: number;
}

function totalOf({ requests, failures }: TrialStatistics['canary']): Total {
  return { all: requests, bad: failures };
}

function countsText(own: Total, compared: Total, others: number): string {
  const whose = others === 1 ? 'the other member' : `the other ${others} members`;
  return `${own.bad} of its ${own.all} requests failed, against ${compared.bad} of ${compared.all} of ${whose}`;
}

function crashText(
  { memberId, startedAt }: MemberTrial,
  samples: MemberTrialInput['samples'],
): string | undefined {
  const workload = samples
    .flatMap(({ workloads }) => workloads)
    .find((candidate) => candidate.memberId === memberId);
  const isLater = (at: number) => at > startedAt;
  if (workload?.oomKilledAt?.some(isLater)) return 'it was killed for lack of memory';
  if (workload?.restartedAt?.some(isLater)) return 'it crashed';
  return undefined;
}

/** True if a proxy finds the member unhealthy, but most of the others healthy: so it is the member. */
function findsUnhealthy(
  { memberHealth }: MemberReport,
  memberId: string,
  otherIds: ReadonlySet<string>,
): boolean {
  if (memberHealth[memberId] !== 'unhealthy') return false;
  const known = [...otherIds].filter((id) => memberHealth[id] !== undefined);
  const healthy = known.filter((id) => memberHealth[id] === 'healthy');
  return healthy.length * 2 > known.length;
}

function good(sentence: string): MemberOutcome {
  return { kind: 'good', sentence };
}

function bad(sentence: string): MemberOutcome {
  return { kind: 'bad', sentence };
}
