import type { IncidentDetails } from '../../core/alerting/incident-details.ts';
import type { Incident } from '../../core/alerting/incident.ts';
import { reservedRules } from '../../core/alerting/default-rules.ts';
import { ejectionOfCanary } from '../../core/ejection/ejection.ts';
import type { ReleaseDocument } from '../../core/release/release-document.ts';
import { resolutionOf, type RuleEvaluation } from '../../core/alerting/rule-evaluation.ts';
import type { Decision } from './decide.ts';

/** End of an incident, for people. */
export type Resolution = Pick<IncidentDetails, 'summary'> & Partial<IncidentDetails>;

/**
 * Resolves an ejection once the canary is back and judged safe, or no member of its version is
 * left. Undefined until then.
 */
export function ejectionResolution(
  { details }: Incident,
  document: ReleaseDocument,
  { verdict }: Pick<Decision, 'verdict'>,
): Resolution | undefined {
  const versions = details.version?.split(', ') ?? [];
  const left = document.members.filter(
    ({ track, version }) => track === 'canary' && versions.includes(version),
  );
  if (left.length === 0) return { summary: `canary ${details.version} is gone` };
  // Other members of its version may never have been ejected.
  if (left.some(({ id, state }) => id === details.member && state === 'ejected')) return undefined;
  // A rule may eject a canary whose requests all succeeded, so a safe verdict alone is not enough.
  const isBack = document.weight > 0 && left.some(({ state }) => state === 'active');
  if (!isBack || verdict?.kind !== 'safe') return undefined;
  return {
    summary: `canary ${details.version} is back and judged safe`,
    evidence: verdict.sentence,
  };
}

/** Resolves an incident of a rule whose subject has a value on the right side; no data does not. */
export function ruleResolution(
  { rule, subject }: Incident,
  evaluations: readonly RuleEvaluation[],
): Resolution | undefined {
  const evaluation = evaluations.find(
    (candidate) => candidate.rule.id === rule && candidate.reading.subject === subject,
  );
  if (evaluation?.state.kind !== 'inactive' || evaluation.reading.value === undefined) {
    return undefined;
  }
  return resolutionOf(evaluation);
}

/** True if the incident's rule has a value of its subject now. */
export function isMeasured(
  { rule, subject }: Incident,
  evaluations: readonly RuleEvaluation[],
): boolean {
  return evaluations.some(
    ({ rule: { id }, reading }) =>
      id === rule && reading.subject === subject && reading.value !== undefined,
  );
}

/** True for the incident of an ejected canary. */
export function isEjection({ rule, subject }: Pick<Incident, 'rule' | 'subject'>): boolean {
  return rule === ejectionOfCanary.rule && subject === ejectionOfCanary.subject;
}

/** True for an incident that comes from a problem, not from a threshold. */
export function isProblem(incident: Pick<Incident, 'rule' | 'subject'>): boolean {
  return !isEjection(incident) && reservedRules.some((reserved) => reserved === incident.rule);
}
