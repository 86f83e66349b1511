import type { HostSample } from '../host/host-sample.ts';
import type { UnhealthySince } from './unhealthy-since.ts';
import type { Member, ReleaseDocument } from '../release/release-document.ts';

/** Harm that needs no statistics: a canary that crashes, is unhealthy or was killed for lack of memory. */
export interface HardFailure {
  readonly kind: 'crash-loop' | 'unhealthy' | 'oom-killed';
  readonly member: string;
  /** The failure, a sentence without its full stop. */
  readonly sentence: string;
}

export interface HardFailureSettings {
  /** Restarts since the trial began that count as crashing repeatedly. Default 3. */
  readonly restarts: number;
  /** Time for which a canary must fail its health checks, milliseconds. Default 5,000. */
  readonly unhealthyMs: number;
}

export const defaultHardFailures: HardFailureSettings = { restarts: 3, unhealthyMs: 5_000 };

export interface HardFailureInput {
  readonly members: ReleaseDocument['members'];
  readonly samples: readonly HostSample[];
  readonly unhealthySince: UnhealthySince;
  /** Start of the trial, milliseconds since the epoch; earlier crashes do not count. */
  readonly trialStartedAt: number;
  readonly settings: HardFailureSettings;
  readonly nowMs: number;
}

/**
 * Failures that make a canary harmful without statistics: the kernel killed it for lack of memory,
 * it crashes repeatedly, or it fails its health checks while most stable members pass theirs.
 */
export function hardFailuresOf(input: HardFailureInput): HardFailure[] {
  const canaries = input.members.filter(isActive('canary'));
  return canaries.flatMap((member) => [
    ...oomFailure(member, input),
    ...crashFailure(member, input),
    ...healthFailure(member, input),
  ]);
}

function oomFailure(member: Member, { samples, trialStartedAt }: HardFailureInput): HardFailure[] {
  const kills = countAfter(trialStartedAt, workloadOf(member, samples)?.oomKilledAt);
  if (kills === 0) return [];
  const sentence = `canary member ${member.id} was killed for lack of memory`;
  return [{ kind: 'oom-killed', member: member.id, sentence }];
}

function crashFailure(
  member: Member,
  { samples, trialStartedAt, settings }: HardFailureInput,
): HardFailure[] {
  const restarts = countAfter(trialStartedAt, workloadOf(member, samples)?.restartedAt);
  if (restarts < settings.restarts) return [];
  const sentence = `canary member ${member.id} crashed ${restarts} times`;
  return [{ kind: 'crash-loop', member: member.id, sentence }];
}

function healthFailure(member: Member, input: HardFailureInput): HardFailure[] {
  const { members, unhealthySince, settings, nowMs } = input;
  const from = unhealthySince.get(member.id);
  if (from === undefined || nowMs - from < settings.unhealthyMs) return [];
  const stable = members.filter(isActive('stable'));
  const unhealthy = stable.filter(({ id }) => unhealthySince.has(id)).length;
  // If half of the stable members fail too, the canary is not the cause.
  if (unhealthy * 2 >= stable.length && stable.length > 0) return [];
  const seconds = Math.round((nowMs - from) / 1_000);
  const sentence = `canary member ${member.id} has failed its health checks for ${seconds} s`;
  return [{ kind: 'unhealthy', member: member.id, sentence }];
}

function isActive(track: Member['track']) {
  return (member: Member) => member.track === track && member.state === 'active';
}

function workloadOf({ id }: Member, samples: readonly HostSample[]) {
  return samples.flatMap(({ workloads }) => workloads).find(({ memberId }) => memberId === id);
}

function countAfter(startMs: number, times: readonly number[] | undefined): number {
  return times?.filter((at) => at > startMs).length ?? 0;
}
