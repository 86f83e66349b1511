import { metrics } from '../alerting/metric-catalog.ts';
import type { Member, ReleaseDocument } from '../release/release-document.ts';
import { has } from '../alerting/rule.ts';
import type { RuleEvaluation } from '../alerting/rule-evaluation.ts';
import type { Trial } from '../analysis/trial.ts';
import { activeCanaries } from '../release/release-document.ts';

type Members = ReleaseDocument['members'];

/**
 * Broken rules that somebody must hear of. What a canary does that is out of rotation hurts nobody,
 * and what the stable members do as well is not the canary's: it is told of them alone.
 * @param trial - of the canary; undefined: none is on trial.
 */
export function alertingRules(
  evaluations: readonly RuleEvaluation[],
  members: Members,
  trial: Trial | undefined,
): RuleEvaluation[] {
  return evaluations.filter(
    (evaluation) =>
      evaluation.state.kind === 'firing' &&
      (has(evaluation.rule.actions, 'alert') ||
        has(evaluation.rule.actions, 'kill-flag') ||
        isSpared(evaluation, members, trial)) &&
      !isIdleCanary(evaluation, members) &&
      !isShared(evaluation, evaluations, members),
  );
}

/**
 * Broken rules for which the canary goes out. One that was broken before the trial began only
 * alerts: a standing alarm must not block the fix.
 */
export function ejectingRules(
  evaluations: readonly RuleEvaluation[],
  members: Members,
  trial: Trial,
): RuleEvaluation[] {
  return evaluations.filter(
    (evaluation) =>
      evaluation.state.kind === 'firing' &&
      has(evaluation.rule.actions, 'eject-canary') &&
      !firedBeforeTrial(evaluation, trial) &&
      mayBeCanarys(evaluation, members) &&
      !isShared(evaluation, evaluations, members) &&
      !isOfOtherHosts(evaluation, evaluations, members),
  );
}

/** It would take the canary out, had it not been broken before: then people are told instead. */
function isSpared(evaluation: RuleEvaluation, members: Members, trial: Trial | undefined): boolean {
  return (
    trial?.endedAt === null &&
    has(evaluation.rule.actions, 'eject-canary') &&
    mayBeCanarys(evaluation, members) &&
    firedBeforeTrial(evaluation, trial)
  );
}

/** Whether the canary has a hand in what was read: it is the canary's own, or of a host where it runs. */
function mayBeCanarys(evaluation: RuleEvaluation, members: Members): boolean {
  const { rule, reading } = evaluation;
  switch (metrics[rule.metric].scope) {
    case 'container':
    case 'track':
      return trackOf(evaluation, members) === 'canary' && !isIdleCanary(evaluation, members);
    case 'host':
      return activeCanaries(members).some(({ host }) => host === reading.about.host);
    case 'alarm':
      // Whoever gave an alarm this action knows what it is about.
      return true;
  }
}

/** What a canary member itself does is its own, also what it did before it had a share. */
function firedBeforeTrial({ reading, state }: RuleEvaluation, trial: Trial): boolean {
  return reading.about.member === undefined && state.sinceMs < trial.startedAt;
}

/** The track of what was read: a track itself, or the one of the member that it is. */
function trackOf({ reading }: RuleEvaluation, members: Members): Member['track'] | undefined {
  return reading.about.track ?? memberOf(reading.about.member, members)?.track;
}

function isIdleCanary(evaluation: RuleEvaluation, members: Members): boolean {
  if (trackOf(evaluation, members) !== 'canary') return false;
  const { member: id } = evaluation.reading.about;
  const active = activeCanaries(members);
  return id === undefined ? active.length === 0 : !active.some((member) => member.id === id);
}

/** A rule that the canary breaks, and a stable subject too, or is about to. */
function isShared(
  evaluation: RuleEvaluation,
  all: readonly RuleEvaluation[],
  members: Members,
): boolean {
  if (trackOf(evaluation, members) !== 'canary') return false;
  return all.some(
    (other) =>
      other.rule.id === evaluation.rule.id &&
      other.state.kind !== 'inactive' &&
      trackOf(other, members) === 'stable',
  );
}

/** What a host does that has stable members alone is not the doing of a canary on another one. */
function isOfOtherHosts(
  { rule }: RuleEvaluation,
  all: readonly RuleEvaluation[],
  members: Members,
): boolean {
  if (metrics[rule.metric].scope !== 'host') return false;
  const withCanary = new Set(activeCanaries(members).map(({ host }) => host));
  const hosts = new Set(members.map(({ host }) => host));
  return all.some(({ rule: { id }, state, reading: { about } }) => {
    const isOther =
      about.host !== undefined && hosts.has(about.host) && !withCanary.has(about.host);
    return id === rule.id && state.kind !== 'inactive' && isOther;
  });
}

function memberOf(id: string | undefined, members: Members): Member | undefined {
  return members.find((member) => member.id === id);
}
