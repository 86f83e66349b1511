import { metrics } from '../alerting/metric-catalog.ts';
import { activeCanaries, type Member, type ReleaseDocument } from '../release/release-document.ts';
import { has } from '../alerting/rule.ts';
import type { RuleEvaluation } from '../alerting/rule-evaluation.ts';
import type { Trial } from '../analysis/trial.ts';

type Members = ReleaseDocument['members'];

/**
 * Firing rules that people are notified of. An ejected canary hurts nobody, so its rules are left
 * out. A rule that stable members break too is not the canary's, so it is reported for them alone.
 * @param trial - undefined if no canary was ever on trial.
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
      !isInactiveCanary(evaluation, members) &&
      !isShared(evaluation, evaluations, members),
  );
}

/**
 * Firing rules that eject the canary. A rule ejects it only if the metric belongs to the canary and
 * no stable member or other host breaks the same rule. A rule that was firing before the trial began
 * only alerts, because it must not block the fix.
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
      mayBelongToCanary(evaluation, members) &&
      !isShared(evaluation, evaluations, members) &&
      !isOfOtherHosts(evaluation, evaluations, members),
  );
}

/** True if the rule would eject the canary, had it not been firing before the trial. */
function isSpared(evaluation: RuleEvaluation, members: Members, trial: Trial | undefined): boolean {
  return (
    trial?.endedAt === null &&
    has(evaluation.rule.actions, 'eject-canary') &&
    mayBelongToCanary(evaluation, members) &&
    firedBeforeTrial(evaluation, trial)
  );
}

/** True if the metric belongs to the canary, or to a host where it runs. */
function mayBelongToCanary(evaluation: RuleEvaluation, members: Members): boolean {
  const { rule, reading } = evaluation;
  switch (metrics[rule.metric].scope) {
    case 'container':
    case 'track':
      return trackOf(evaluation, members) === 'canary' && !isInactiveCanary(evaluation, members);
    case 'host':
      return activeCanaries(members).some(({ host }) => host === reading.about.host);
    case 'alarm':
      // Whoever configured this action for an alarm knows what the alarm is about.
      return true;
  }
}

/** True if the rule was firing before the trial; a canary member's own metrics always count. */
function firedBeforeTrial({ reading, state }: RuleEvaluation, trial: Trial): boolean {
  return reading.about.member === undefined && state.sinceMs < trial.startedAt;
}

/** Track of the reading: its own, or that of its member. */
function trackOf({ reading }: RuleEvaluation, members: Members): Member['track'] | undefined {
  return reading.about.track ?? memberOf(reading.about.member, members)?.track;
}

function isInactiveCanary(evaluation: RuleEvaluation, members: Members): boolean {
  if (trackOf(evaluation, members) !== 'canary') return false;
  const { member: id } = evaluation.reading.about;
  const active = activeCanaries(members);
  return id === undefined ? active.length === 0 : !active.some((member) => member.id === id);
}

/** True if the canary breaks the rule and a stable subject does too, or is about to. */
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

/** True if a host without a canary breaks the rule too, or is about to. */
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
