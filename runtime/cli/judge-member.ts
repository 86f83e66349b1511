import { setTimeout as delay } from 'node:timers/promises';
import { PerchError } from '../contract/perch-error.ts';
import {
  advanceMemberTrial,
  beginMemberTrial,
  type MemberOutcome,
} from '../core/analysis/member-trial.ts';
import { parseReleaseDocument, type Member } from '../core/release/release-document.ts';
import { SampleStore } from '../store/judge/sample-store.ts';
import { fetchRelease } from '../store/release/release-fetch.ts';
import type { Session } from './session.ts';

/** Intervals of reading the reports: proxies write one when they apply a change, and every second. */
const pollEveryMs = { untilApplied: 100, afterwards: 250 } as const;

export interface JudgeMemberOptions {
  readonly id: string;
  /** Generation in which the member is active. */
  readonly generation: number;
  /** Returns true once every live proxy applies it. */
  readonly isApplied: () => boolean;
  /** Time of the activation, milliseconds since the epoch by Redis' clock. Default: now. */
  readonly startedAt: number | undefined;
  /** Longest time that it takes, milliseconds. */
  readonly mostMs: number;
}

/**
 * Judges an active member beside the others of its track, until it is found good or bad. It may begin
 * before the proxies apply the activation: so each proxy's first report with the member is where the
 * comparison begins, and none of its requests is missed.
 * @throws PerchError `conflict` if it is drained or ejected meanwhile.
 */
export async function judgeMember(
  session: Pick<Session, 'redis' | 'service' | 'reports'>,
  { id, generation, isApplied, startedAt, mostMs }: JudgeMemberOptions,
): Promise<Exclude<MemberOutcome, { kind: 'running' }>> {
  const sampleStore = new SampleStore(session.redis, session.service);
  let trial = startedAt === undefined ? undefined : beginMemberTrial(id, startedAt);
  for (;;) {
    const [{ members, nowMs }, reports, samples] = await Promise.all([
      readMembers(session, id),
      session.reports.list(),
      sampleStore.list(),
    ]);
    const { trial: next, outcome } = advanceMemberTrial(trial ?? beginMemberTrial(id, nowMs), {
      members,
      reports: reports.filter((report) => report.generation >= generation),
      samples,
      nowMs,
      mostMs,
    });
    if (outcome.kind !== 'running' && isApplied()) return outcome;
    trial = next;
    await delay(isApplied() ? pollEveryMs.afterwards : pollEveryMs.untilApplied);
  }
}

/** Reads the members while the one with this id is active, and the time. */
async function readMembers(
  { redis, service }: Pick<Session, 'redis' | 'service'>,
  id: string,
): Promise<{ readonly members: readonly Member[]; readonly nowMs: number }> {
  const { json, nowMs } = await fetchRelease(redis, service);
  if (json === null) throw new PerchError('document_lost', 'Redis holds no release document');
  const { members, reason } = parseReleaseDocument(json);
  const member = members.find((candidate) => candidate.id === id);
  if (member?.state === 'active') return { members, nowMs };
  const state = member?.state ?? 'deregistered';
  throw new PerchError('conflict', `member ${id} became ${state} while it was judged: ${reason}`);
}
