import type { IncidentDetails } from '../../core/alerting/incident-details.ts';
import type { Incident } from '../../core/alerting/incident.ts';
import { ejectionOfCanary } from '../../core/ejection/ejection.ts';
import type { ReleaseDocument } from '../../core/release/release-document.ts';
import { resolutionOf, type RuleEvaluation } from '../../core/alerting/rule-evaluation.ts';
import type { Assessment } from './assess.ts';

/** How an incident ended. */
export type Resolution = Pick<IncidentDetails, 'summary'> & Partial<IncidentDetails>;

/**
 * Whether the ejection is over: the canary came back and is judged safe, or no member of its
 * version is left to come back.
 */
export function ejectionResolution(
  { details }: Incident,
  document: ReleaseDocument,
  { verdict }: Pick<Assessment, 'verdict'>,
): Resolution | undefined {
  const versions = details.version?.split(', ') ?? [];
  const left = document.members.filter(
    ({ track, version }) => track === 'canary' && versions.includes(version),
  );
  if (left.length === 0) return { summary: `canary ${details.version} is gone` };
  // Others of its version may never have been out.
  if (left.some(({ id, state }) => id === details.member && state === 'ejected')) return undefined;
  // A rule may take out a canary whose requests were all well: that verdict is no return.
  const isBack = document.weight > 0 && left.some(({ state }) => state === 'active');
  if (!isBack || verdict?.kind !== 'safe') return undefined;
  return {
    summary: `canary ${details.version} is back and judged safe`,
    evidence: verdict.sentence,
  };
}

/** Whether a rule is kept again, by its subject's own value: no data mends nothing. */
export function ruleResolution(
  { rule, subject }: Incident,
  evaluations: readonly RuleEvaluation[],
): Resolution | undefined {
  const evaluation = evaluations.find(
    (candidate) => candidate.rule.id === rule && candidate.reading.subject === subject,
  );
  if (evaluation?.state.kind !== 'inactive' || evaluation.reading.value === undefined)
    return undefined;
  return resolutionOf(evaluation);
}

export function isEjection({ rule, subject }: Pick<Incident, 'rule' | 'subject'>): boolean {
  return rule === ejectionOfCanary.rule && subject === ejectionOfCanary.subject;
}
