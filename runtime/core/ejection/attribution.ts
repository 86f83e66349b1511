import { metrics } from '../alerting/metric-catalog.ts';
import type { Member, ReleaseDocument } from '../release/release-document.ts';
import { has } from '../alerting/rule.ts';
import type { Standing } from '../alerting/rule-evaluation.ts';
import type { Trial } from '../analysis/trial.ts';

type Members = ReleaseDocument['members'];

/**
 * Broken rules that somebody must hear of. What a canary does that is out of rotation hurts nobody,
 * and what the stable members do as well is not the canary's: it is told of them alone.
 * @param trial - of the canary; undefined: none is on trial.
 */
export function toTell(
  standings: readonly Standing[],
  members: Members,
  trial: Trial | undefined,
): Standing[] {
  return standings.filter(
    (standing) =>
      standing.state.kind === 'broken' &&
      (has(standing.rule.actions, 'alert') ||
        has(standing.rule.actions, 'kill-flag') ||
        isSpared(standing, members, trial)) &&
      !isIdleCanary(standing, members) &&
      !isShared(standing, standings, members),
  );
}

/**
 * Broken rules for which the canary goes out. One that was broken before the trial began only
 * alerts: a standing alarm must not block the fix.
 */
export function toEject(
  standings: readonly Standing[],
  members: Members,
  trial: Trial,
): Standing[] {
  return standings.filter(
    (standing) =>
      standing.state.kind === 'broken' &&
      has(standing.rule.actions, 'eject-canary') &&
      !isStanding(standing, trial) &&
      mayBeCanarys(standing, members) &&
      !isShared(standing, standings, members) &&
      !isOfOtherHosts(standing, standings, members),
  );
}

/** It would take the canary out, had it not been broken before: then people are told instead. */
function isSpared(standing: Standing, members: Members, trial: Trial | undefined): boolean {
  return (
    trial?.endedAt === null &&
    has(standing.rule.actions, 'eject-canary') &&
    mayBeCanarys(standing, members) &&
    isStanding(standing, trial)
  );
}

/** Whether the canary has a hand in what was read: it is the canary's own, or of a host where it runs. */
function mayBeCanarys(standing: Standing, members: Members): boolean {
  const { rule, reading } = standing;
  switch (metrics[rule.metric].scope) {
    case 'container':
    case 'track':
      return trackOf(standing, members) === 'canary' && !isIdleCanary(standing, members);
    case 'host':
      return activeCanaries(members).some(({ host }) => host === reading.about.host);
    case 'alarm':
      // Whoever gave an alarm this action knows what it is about.
      return true;
  }
}

/** What a canary member itself does is its own, also what it did before it had a share. */
function isStanding({ reading, state }: Standing, trial: Trial): boolean {
  return reading.about.member === undefined && state.sinceMs < trial.startedAt;
}

/** The track of what was read: a track itself, or the one of the member that it is. */
function trackOf({ reading }: Standing, members: Members): Member['track'] | undefined {
  return reading.about.track ?? memberOf(reading.about.member, members)?.track;
}

function isIdleCanary(standing: Standing, members: Members): boolean {
  if (trackOf(standing, members) !== 'canary') return false;
  const { member: id } = standing.reading.about;
  const active = activeCanaries(members);
  return id === undefined ? active.length === 0 : !active.some((member) => member.id === id);
}

/** A rule that the canary breaks, and a stable subject too, or is about to. */
function isShared(standing: Standing, all: readonly Standing[], members: Members): boolean {
  if (trackOf(standing, members) !== 'canary') return false;
  return all.some(
    (other) =>
      other.rule.id === standing.rule.id &&
      other.state.kind !== 'kept' &&
      trackOf(other, members) === 'stable',
  );
}

/** What a host does that has stable members alone is not the doing of a canary on another one. */
function isOfOtherHosts({ rule }: Standing, all: readonly Standing[], members: Members): boolean {
  if (metrics[rule.metric].scope !== 'host') return false;
  const withCanary = new Set(activeCanaries(members).map(({ host }) => host));
  const hosts = new Set(members.map(({ host }) => host));
  return all.some(({ rule: { id }, state, reading: { about } }) => {
    const isOther =
      about.host !== undefined && hosts.has(about.host) && !withCanary.has(about.host);
    return id === rule.id && state.kind !== 'kept' && isOther;
  });
}

function activeCanaries(members: Members): Members {
  return members.filter(({ track, state }) => track === 'canary' && state === 'active');
}

function memberOf(id: string | undefined, members: Members): Member | undefined {
  return members.find((member) => member.id === id);
}
