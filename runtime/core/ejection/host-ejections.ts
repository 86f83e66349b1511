import { ejectingRules } from './attribution.ts';
import { hardFailuresOf, type HardFailureSettings } from '../analysis/hard-failures.ts';
import type { HostSample } from '../host/host-sample.ts';
import type { EjectionOrder } from './ejection-order.ts';
import { activeCanaries, type ReleaseDocument } from '../release/release-document.ts';
import { flagsOf, type Action } from '../alerting/rule.ts';
import { detailsOf, type RuleEvaluation } from '../alerting/rule-evaluation.ts';
import type { Trial } from '../analysis/trial.ts';

export interface HostEjectionInput {
  readonly members: ReleaseDocument['members'];
  readonly trial: Trial;
  /** Newest sample of the host. */
  readonly sample: HostSample;
  /** Evaluations of the rules that eject the canary, on all hosts, so that shared trouble ejects nobody. */
  readonly evaluations: readonly RuleEvaluation[];
  readonly hardFailures: HardFailureSettings;
  /** Actions of a hard failure. */
  readonly actions: readonly Action[];
  readonly nowMs: number;
}

/** Ejection of one member, as far as its host can tell. */
export type HostEjection = Pick<EjectionOrder, 'reason' | 'cause' | 'flags'>;

/**
 * Canaries of one host that must be ejected, by member id, as far as that host can tell: by hard
 * failures and rules, but not by statistics or by the health checks of the proxies.
 */
export function hostEjections(input: HostEjectionInput): Map<string, HostEjection> {
  const { sample, trial, evaluations, hardFailures, actions, nowMs } = input;
  const members = input.members.filter(({ host }) => host === sample.host);
  const canaries = activeCanaries(members);
  const here = ejectingRules(evaluations, input.members, trial).filter(
    ({ reading }) => reading.about.host === sample.host,
  );
  const byRule = here.flatMap((evaluation) => {
    const { rule, reading } = evaluation;
    const why = {
      reason: detailsOf(evaluation).summary,
      cause: rule.id,
      flags: flagsOf(rule.actions),
    };
    // A rule on the host itself concerns all of its canaries.
    const { member } = reading.about;
    const concerned = canaries.filter(({ id }) => member === undefined || member === id);
    return concerned.map(({ id }): [string, HostEjection] => [id, why]);
  });
  const byHardFailure = hardFailuresOf({
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
  return new Map([...byRule, ...byHardFailure]);
}
