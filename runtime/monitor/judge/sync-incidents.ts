import { alertingRules } from '../../core/ejection/attribution.ts';
import { reservedRules } from '../../core/alerting/default-rules.ts';
import type { Incident } from '../../core/alerting/incident.ts';
import type { ReleaseDocument } from '../../core/release/release-document.ts';
import { flagsOf } from '../../core/alerting/rule.ts';

import { detailsOf } from '../../core/alerting/rule-evaluation.ts';
import type { Assessment } from './assess.ts';
import type { IncidentBook } from './incident-book.ts';
import type { Problem, ProblemBook } from './problem-book.ts';
import { ejectionResolution, isEjection, ruleResolution, type Resolution } from './resolutions.ts';

/** So long nothing is heard of a subject before its incident ends for that, milliseconds. */
const goneMs = 300_000;

/** When each incident's subject was heard of last. */
export type LastHeard = Map<string, number>;

export interface Means {
  readonly lastHeard: LastHeard;
  readonly nowMs: number;
  /** Switches flags off; answers what was done. */
  readonly disable: (flags: readonly string[], reason: string) => Promise<string[]>;
}

/** Opens and ends the incidents of thresholds and of the ejected canary. */
export async function tellOfRules(
  incidents: IncidentBook,
  assessment: Assessment,
  document: ReleaseDocument,
  { lastHeard, nowMs, disable }: Means,
): Promise<void> {
  const { evaluations } = assessment;
  const told = alertingRules(evaluations, document.members, assessment.trial);
  const causes = new Set(
    incidents.open.filter(isEjection).map(({ details }) => `${details.cause}|${details.member}`),
  );
  for (const evaluation of told) {
    const { rule, reading } = evaluation;
    // The canary's ejection tells of what it was ejected for.
    if (causes.has(`${rule.id}|${reading.about.member}`)) continue;
    const of = { rule: rule.id, subject: reading.subject };
    const details = detailsOf(evaluation);
    const opens = incidents.find(of)?.resolvedAt !== null;
    const actions = opens ? await disable(flagsOf(rule.actions), details.summary) : [];
    await incidents.breach({ ...of, details: { ...details, actions } });
  }
  for (const incident of incidents.open) {
    if (isProblem(incident)) continue;
    const recovery = isEjection(incident)
      ? ejectionResolution(incident, document, assessment)
      : (ruleResolution(incident, evaluations) ??
        goneResolution(incident, assessment, lastHeard, nowMs));
    if (recovery !== undefined) await incidents.recover(incident, recovery);
  }
}

/** Opens and ends the incidents of problems that need no threshold. */
export async function tellOfProblems(
  incidents: IncidentBook,
  book: ProblemBook,
  problems: readonly Problem[],
  nowMs: number,
): Promise<void> {
  for (const breach of book.enter(problems, nowMs)) await incidents.breach(breach);
  for (const incident of incidents.open) {
    if (!isProblem(incident) || incident.rule === 'channel-failed' || book.has(incident)) continue;
    await incidents.recover(incident, { summary: `${incident.subject} is well again` });
  }
}

function isProblem({ rule, subject }: Incident): boolean {
  return !isEjection({ rule, subject }) && reservedRules.some((reserved) => reserved === rule);
}

function goneResolution(
  { id, rule, subject }: Incident,
  { evaluations }: Assessment,
  lastHeard: LastHeard,
  nowMs: number,
): Resolution | undefined {
  const heard = evaluations.some(
    (evaluation) =>
      evaluation.rule.id === rule &&
      evaluation.reading.subject === subject &&
      evaluation.reading.value !== undefined,
  );
  const since = heard ? nowMs : (lastHeard.get(id) ?? nowMs);
  lastHeard.set(id, since);
  if (nowMs - since < goneMs) return undefined;
  lastHeard.delete(id);
  return { summary: `${subject} is not measured any more` };
}
