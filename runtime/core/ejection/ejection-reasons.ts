import { harmMetrics, type HarmMetric } from '../../contract/traffic-fields.ts';
import type { Ejection } from './ejection.ts';
import type { IncidentDetails } from '../alerting/incident-details.ts';
import type { Verdict } from '../analysis/verdict.ts';
import { activeCanaries, type ReleaseDocument } from '../release/release-document.ts';
import { flagsOf, type Action } from '../alerting/rule.ts';
import { detailsOf, type RuleEvaluation } from '../alerting/rule-evaluation.ts';
import type { Trial } from '../analysis/trial.ts';

/** Reason to eject the canary now. */
export type EjectionReason =
  | {
      readonly kind: 'verdict';
      /** A harmful verdict. */
      readonly verdict: Verdict;
      /** Actions of a harmful verdict. */
      readonly actions: readonly Action[];
    }
  | { readonly kind: 'rule'; readonly evaluation: RuleEvaluation }
  /** The step of the rollout ended at its deadline. */
  | { readonly kind: 'deadline'; readonly sentence: string; readonly evidence: string };

export interface EjectionContext {
  /** The document that is about to change. */
  readonly document: ReleaseDocument;
  readonly trial: Trial;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

/** The ejection as it is stored with the release document. */
export function ejectionFor(reason: EjectionReason, context: EjectionContext): Ejection {
  const { document, trial, nowMs } = context;
  const [canary] = activeCanaries(document.members);
  const version = trial.versions.join(', ');
  return {
    incidentId: `canary-ejected|canary|${nowMs}`,
    flags: flagsFor(reason),
    details: {
      sinceMs:
        (reason.kind === 'verdict' ? reason.verdict.evidence.sinceMs : undefined) ??
        trial.startedAt,
      track: 'canary',
      version,
      ...(canary !== undefined && { host: canary.host }),
      ...detailsFor(reason, document.rolloutId, version),
      actions: [`canary ejected (weight ${document.weight} to 0)`],
    },
  };
}

/** Verdict on a canary that fails requests because no process accepts connections any more. */
export function crashVerdict(verdict: Verdict, memberIds: readonly string[]): Verdict {
  const sentence = `canary ${memberIds.join(', ')} crashed: it accepts no connections`;
  return { ...verdict, sentence, evidence: { ...verdict.evidence, rule: 'unhealthy' } };
}

function flagsFor(reason: EjectionReason): string[] {
  switch (reason.kind) {
    case 'verdict':
      return flagsOf(reason.actions);
    case 'rule':
      return flagsOf(reason.evaluation.rule.actions);
    case 'deadline':
      return [];
  }
}

function detailsFor(reason: EjectionReason, rolloutId: string, version: string): IncidentDetails {
  switch (reason.kind) {
    case 'verdict':
      return detailsOfVerdict(reason.verdict, version);
    case 'rule': {
      // The steps after an ejection are others than those for a firing rule.
      const { nextSteps: _steps, ...details } = detailsOf(reason.evaluation);
      return { ...details, cause: reason.evaluation.rule.id };
    }
    case 'deadline': {
      const summary = `rollout ${rolloutId} aborted: ${reason.sentence}`;
      return { summary, actions: [], cause: 'deadline', evidence: reason.evidence };
    }
  }
}

/** The evidence holds the numbers of both tracks; an e-value would help nobody. */
function detailsOfVerdict({ sentence, evidence }: Verdict, version: string): IncidentDetails {
  const { rule } = evidence;
  const harm = harmMetrics.find((metric) => metric === rule);
  if (harm === undefined) return { summary: sentence, actions: [], cause: rule };
  return {
    summary: `canary ${version} ${harmTexts[harm]}`,
    actions: [],
    cause: rule,
    evidence: sentence,
  };
}

const harmTexts: Readonly<Record<HarmMetric, string>> = {
  errors: 'fails requests that stable serves',
  latency: 'is slower than stable',
  rejections: 'rejects requests that stable serves',
};
