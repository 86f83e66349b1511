import { ejectingRules } from './attribution.ts';
import { hardFailuresOf, type HardFailureSettings } from '../analysis/hard-failures.ts';
import type { HostSample } from '../host/host-sample.ts';
import type { EjectionOrder } from './ejection-order.ts';
import type { ReleaseDocument } from '../release/release-document.ts';
import { flagsOf, type Action } from '../alerting/rule.ts';
import { detailsOf, type RuleEvaluation } from '../alerting/rule-evaluation.ts';
import type { Trial } from '../analysis/trial.ts';
import { activeCanaries } from '../release/release-document.ts';

export interface HostEjectionInput {
  readonly members: ReleaseDocument['members'];
  readonly trial: Trial;
  /** The newest one of the host. */
  readonly sample: HostSample;
  /** How all hosts stand with the rules that take a canary out: what others do too is not held against it. */
  readonly evaluations: readonly RuleEvaluation[];
  readonly hardFailures: HardFailureSettings;
  /** What a canary that fails a gate brings about. */
  readonly actions: readonly Action[];
  readonly nowMs: number;
}

export type HostEjection = Pick<EjectionOrder, 'reason' | 'cause' | 'flags'>;

/**
 * The canaries of one host that must go by what that host alone can see, and why: gates and rules,
 * but neither statistics nor what proxies say of their health. By member id.
 */
export function hostEjections(view: HostEjectionInput): Map<string, HostEjection> {
  const { sample, trial, evaluations, hardFailures, actions, nowMs } = view;
  const members = view.members.filter(({ host }) => host === sample.host);
  const canaries = activeCanaries(members);
  const here = ejectingRules(evaluations, view.members, trial).filter(
    ({ reading }) => reading.about.host === sample.host,
  );
  const broken = here.flatMap((evaluation) => {
    const { rule, reading } = evaluation;
    const why = {
      reason: detailsOf(evaluation).summary,
      cause: rule.id,
      flags: flagsOf(rule.actions),
    };
    // What ails the host itself ails all of them.
    const { member } = reading.about;
    const meant = canaries.filter(({ id }) => member === undefined || member === id);
    return meant.map(({ id }): [string, HostEjection] => [id, why]);
  });
  const failed = hardFailuresOf({
    members,
    samples: [sample],
    unhealthySince: new Map(),
    trialStartedAt: trial.startedAt,
    settings: hardFailures,
    nowMs,
  }).map(({ member, kind, sentence }): [string, HostEjection] => [
    member,
    { reason: sentence, cause: kind, flags: flagsOf(actions) },
  ]);
  return new Map([...broken, ...failed]);
}
