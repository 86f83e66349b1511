import type { Ejection } from './ejection.ts';
import type { IncidentDetails } from '../alerting/incident-details.ts';
import type { Verdict } from '../analysis/verdict.ts';
import type { ReleaseDocument } from '../release/release-document.ts';
import { flagsOf, type Action } from '../alerting/rule.ts';
import { detailsOf, type RuleEvaluation } from '../alerting/rule-evaluation.ts';
import type { Trial } from '../analysis/trial.ts';
import { activeCanaries } from '../release/release-document.ts';

interface Situation {
  readonly document: ReleaseDocument;
  readonly trial: Trial;
  readonly nowMs: number;
}

/** The ejection that a harmful verdict calls for. */
export function ejectionByVerdict(
  { sentence, evidence }: Verdict,
  actions: readonly Action[],
  situation: Situation,
): Ejection {
  const { rule, eValues, harmfulFrom } = evidence;
  const metric = rule === 'errors' || rule === 'latency' ? rule : undefined;
  const details: IncidentDetails = {
    summary: summaryOf(rule, sentence, versionsOf(situation)),
    actions: [],
    cause: rule,
    ...(metric !== undefined && {
      measured: {
        metric: 'e-value of the evidence',
        value: eValues[metric],
        threshold: harmfulFrom,
        unit: 'count',
      },
      evidence: sentence,
    }),
  };
  return ejection(details, flagsOf(actions), situation);
}

/** The same verdict with its reason: the canary fails because nobody listens there any more. */
export function withCrash(verdict: Verdict, memberIds: readonly string[]): Verdict {
  const sentence = `canary ${memberIds.join(', ')} crashed: it accepts no connections`;
  return { ...verdict, sentence, evidence: { ...verdict.evidence, rule: 'unhealthy' } };
}

/** The ejection that a broken rule calls for. */
export function ejectionByRule(evaluation: RuleEvaluation, situation: Situation): Ejection {
  const details = { ...detailsOf(evaluation), cause: evaluation.rule.id };
  return ejection(details, flagsOf(evaluation.rule.actions), situation);
}

/** The ejection of a canary whose step ran out of time. */
export function ejectionByDeadline(reason: string, situation: Situation): Ejection {
  const summary = `rollout ${situation.document.rolloutId} aborted: ${reason}`;
  return ejection({ summary, actions: [], cause: 'deadline' }, [], situation);
}

function ejection(details: IncidentDetails, flags: string[], situation: Situation): Ejection {
  const { document, trial, nowMs } = situation;
  const [canary] = activeCanaries(document.members);
  return {
    incidentId: `canary-ejected|canary|${nowMs}`,
    flags,
    details: {
      sinceMs: trial.startedAt,
      track: 'canary',
      version: versionsOf(situation),
      ...(canary !== undefined && { host: canary.host }),
      ...details,
      actions: [`canary taken out of rotation (weight ${document.weight} to 0)`],
    },
  };
}

function summaryOf(rule: Verdict['evidence']['rule'], sentence: string, versions: string): string {
  if (rule === 'errors') return `canary ${versions} fails requests that stable serves`;
  if (rule === 'latency') return `canary ${versions} is slower than stable`;
  return sentence;
}

function versionsOf({ trial }: Situation): string {
  return trial.versions.join(', ');
}
