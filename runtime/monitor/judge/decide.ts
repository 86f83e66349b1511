import { ejectingRules } from '../../core/ejection/attribution.ts';
import type { EjectionReason } from '../../core/ejection/ejection-reasons.ts';
import { hardFailuresOf, type HardFailureSettings } from '../../core/analysis/hard-failures.ts';
import { decideVerdict, type Verdict, type VerdictSettings } from '../../core/analysis/verdict.ts';
import {
  hostReadings,
  trafficReadings,
  workloadReadings,
  type Reading,
} from '../../core/alerting/readings.ts';
import type { ReleaseDocument } from '../../core/release/release-document.ts';
import { decideRollout, type RolloutDecision } from '../../core/analysis/rollout.ts';
import type { Action, Rule } from '../../core/alerting/rule.ts';
import type { RuleEvaluation } from '../../core/alerting/rule-evaluation.ts';
import { evaluateRules, type RuleStates } from '../../core/alerting/evaluate-rules.ts';
import {
  advanceTrial,
  type TrialResult,
  type TrialSettings,
} from '../../core/analysis/advance-trial.ts';
import type { Trial } from '../../core/analysis/trial.ts';
import { unhealthySince, type UnhealthySince } from '../../core/analysis/unhealthy-since.ts';
import type { CycleInputs } from './read-inputs.ts';

export interface DecisionSettings extends TrialSettings {
  readonly rules: readonly Rule[];
  readonly verdict: VerdictSettings;
  readonly hardFailures: HardFailureSettings;
  /** Actions of a harmful verdict. */
  readonly actions: readonly Action[];
}

/** Memory of the judge from one cycle to the next, beside the data in Redis. */
export interface JudgeState {
  readonly ruleStates: RuleStates;
  readonly unhealthySince: UnhealthySince;
}

/** The state with which a leader begins. */
export const initialState: JudgeState = { ruleStates: new Map(), unhealthySince: new Map() };

export interface DecisionInputs extends Omit<CycleInputs, 'release' | 'mutes'> {
  readonly document: ReleaseDocument;
}

export interface Decision {
  readonly evaluations: readonly RuleEvaluation[];
  readonly trial: Trial | undefined;
  /** Undefined without a canary on trial. */
  readonly verdict: Verdict | undefined;
  /** Reason to eject the canary now; undefined if there is none. */
  readonly ejection: EjectionReason | undefined;
  readonly rollout: RolloutDecision;
}

/** Decides on the canary and the rollout. Pure: the next state is in the answer. */
export function decide(
  state: JudgeState,
  inputs: DecisionInputs,
  settings: DecisionSettings,
): { readonly state: JudgeState; readonly decision: Decision } {
  const { document, buckets, incidents, nowMs } = inputs;
  const previous = inputs.trial;
  const { trial, result } = advanceTrial({ previous, document, buckets, settings, nowMs });
  const { rules } = settings;
  const readings = [...readingsOf(inputs, trial), ...inputs.extraReadings];
  const evaluated = evaluateRules(state.ruleStates, { rules, readings, incidents, nowMs });
  const { evaluations } = evaluated;
  const next: JudgeState = {
    ruleStates: evaluated.states,
    unhealthySince: unhealthySince(state.unhealthySince, inputs.reports, nowMs),
  };
  if (trial === undefined || result === undefined) {
    const rollout = decideRollout(document, { kind: 'inconclusive', sentence: '' }, nowMs);
    const nothing = { verdict: undefined, ejection: undefined };
    return { state: next, decision: { evaluations, trial, rollout, ...nothing } };
  }
  const verdict = verdictOn({ trial, result }, inputs, next, settings);
  const rollout = decideRollout(document, verdict, nowMs);
  const [evaluation] = ejectingRules(evaluations, document.members, trial);
  const ejection = ejectionReason(verdict, evaluation, rollout, settings);
  return { state: next, decision: { evaluations, trial, verdict, ejection, rollout } };
}

function verdictOn(
  { trial, result }: { readonly trial: Trial; readonly result: TrialResult },
  { document, samples, nowMs }: DecisionInputs,
  state: JudgeState,
  settings: DecisionSettings,
): Verdict {
  const hardFailures = hardFailuresOf({
    members: document.members,
    samples,
    unhealthySince: state.unhealthySince,
    trialStartedAt: trial.startedAt,
    settings: settings.hardFailures,
    nowMs,
  });
  return decideVerdict({ ...result, hardFailures, settings: settings.verdict });
}

/** Harm comes before a rule, and a rule before a deadline. */
function ejectionReason(
  verdict: Verdict,
  evaluation: RuleEvaluation | undefined,
  rollout: RolloutDecision,
  { actions }: DecisionSettings,
): EjectionReason | undefined {
  if (verdict.kind === 'harmful') return { kind: 'verdict', verdict, actions };
  if (evaluation !== undefined) return { kind: 'rule', evaluation };
  if (rollout.kind === 'abort') {
    return { kind: 'deadline', sentence: rollout.reason, evidence: verdict.sentence };
  }
  return undefined;
}

function readingsOf(
  { samples, buckets, document, nowMs }: DecisionInputs,
  trial: Trial | undefined,
): Reading[] {
  const running = trial?.endedAt === null ? trial : undefined;
  return [
    ...samples.flatMap((sample) => [
      ...hostReadings(sample),
      ...sample.workloads.flatMap((workload) =>
        workloadReadings(sample, withVersion(workload, document), nowMs),
      ),
    ]),
    ...trafficReadings(buckets, running, nowMs),
  ];
}

/** Adds the version of the release document to a workload that does not know its own. */
function withVersion<T extends { memberId?: string | undefined; version?: string | undefined }>(
  workload: T,
  { members }: ReleaseDocument,
): T {
  const version = members.find(({ id }) => id === workload.memberId)?.version;
  return version === undefined || workload.version !== undefined
    ? workload
    : { ...workload, version };
}
