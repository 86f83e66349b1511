import type { Facts } from '../../core/alerting/incident-details.ts';
import type { Incident } from '../../core/alerting/incident.ts';
import { ejectionOfCanary } from '../../core/ejection/ejection.ts';
import type { ReleaseDocument } from '../../core/release/release-document.ts';
import { recoveryOf, type Standing } from '../../core/alerting/rule-evaluation.ts';
import type { Assessment } from './assess.ts';

/** How an incident ended. */
export type Recovery = Pick<Facts, 'headline'> & Partial<Facts>;

/**
 * Whether the ejection is over: the canary came back and is judged safe, or no member of its
 * version is left to come back.
 */
export function ejectionRecovery(
  { facts }: Incident,
  document: ReleaseDocument,
  { verdict }: Pick<Assessment, 'verdict'>,
): Recovery | undefined {
  const versions = facts.version?.split(', ') ?? [];
  const left = document.members.filter(
    ({ track, version }) => track === 'canary' && versions.includes(version),
  );
  if (left.length === 0) return { headline: `canary ${facts.version} is gone` };
  // Others of its version may never have been out.
  if (left.some(({ id, state }) => id === facts.member && state === 'ejected')) return undefined;
  // A rule may take out a canary whose requests were all well: that verdict is no return.
  const isBack = document.weight > 0 && left.some(({ state }) => state === 'active');
  if (!isBack || verdict?.kind !== 'safe') return undefined;
  return {
    headline: `canary ${facts.version} is back and judged safe`,
    evidence: verdict.sentence,
  };
}

/** Whether a rule is kept again, by its subject's own value: no data mends nothing. */
export function standingRecovery(
  { rule, subject }: Incident,
  standings: readonly Standing[],
): Recovery | undefined {
  const standing = standings.find(
    (candidate) => candidate.rule.id === rule && candidate.reading.subject === subject,
  );
  if (standing?.state.kind !== 'kept' || standing.reading.value === undefined) return undefined;
  return recoveryOf(standing);
}

export function isEjection({ rule, subject }: Pick<Incident, 'rule' | 'subject'>): boolean {
  return rule === ejectionOfCanary.rule && subject === ejectionOfCanary.subject;
}
