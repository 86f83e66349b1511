import { ejectingRules } from '../../core/ejection/attribution.ts';
import type { Ejection } from '../../core/ejection/ejection.ts';
import {
  ejectionByDeadline,
  ejectionByRule,
  ejectionByVerdict,
  withCrash,
} from '../../core/ejection/ejection-reasons.ts';
import { hardFailuresOf, type HardFailureSettings } from '../../core/analysis/hard-failures.ts';
import { decideVerdict, type VerdictSettings, type Verdict } from '../../core/analysis/verdict.ts';
import {
  hostReadings,
  trafficReadings,
  workloadReadings,
  type Reading,
} from '../../core/alerting/readings.ts';
import type { Member, ReleaseDocument } from '../../core/release/release-document.ts';
import { decideRollout, type RolloutDecision } from '../../core/analysis/rollout.ts';
import type { Action } from '../../core/alerting/rule.ts';
import type { RuleEvaluation } from '../../core/alerting/rule-evaluation.ts';
import { advanceTrial } from '../../core/analysis/advance-trial.ts';
import type { Trial } from '../../core/analysis/trial.ts';
import type { HealthHistory } from './health-history.ts';
import type { CycleInputs } from './read-inputs.ts';
import type { RuleEvaluator } from '../rules/rule-evaluator.ts';
import { activeCanaries } from '../../core/release/release-document.ts';

export interface AssessSettings {
  readonly judge: VerdictSettings;
  readonly hardFailures: HardFailureSettings;
  readonly neverSlowMs: number;
  /** What a harmful verdict does. */
  readonly actions: readonly Action[];
}

/** What the leader remembers from one second to the next. */
export interface Memory {
  readonly book: RuleEvaluator;
  readonly health: HealthHistory;
}

export interface Assessment {
  readonly evaluations: readonly RuleEvaluation[];
  readonly trial: Trial | undefined;
  /** Undefined without a canary on trial. */
  readonly verdict: Verdict | undefined;
  /** The canary goes out now. */
  readonly ejection: Ejection | undefined;
  readonly rollout: RolloutDecision;
}

/** Thinks about what was seen; the only state is in `memory`. */
export function assess(
  seen: CycleInputs,
  document: ReleaseDocument,
  extra: readonly Reading[],
  memory: Memory,
  settings: AssessSettings,
): Assessment {
  const { nowMs, samples, buckets } = seen;
  const unhealthySince = memory.health.enter(seen.reports, nowMs);
  const previous = seen.trial;
  const { trial, statistics } = advanceTrial({ previous, document, buckets, settings, nowMs });
  const readings = [...readingsOf(seen, document, trial), ...extra];
  const evaluations = memory.book.enter(readings, nowMs, seen.incidents);
  if (trial === undefined || statistics === undefined) {
    const unjudged = { kind: 'inconclusive', sentence: '' } as const;
    const rollout = decideRollout(document, unjudged, nowMs);
    return { evaluations, trial, verdict: undefined, ejection: undefined, rollout };
  }
  const { members } = document;
  const hardFailures = hardFailuresOf({
    members,
    samples,
    unhealthySince,
    trialStartedAt: trial.startedAt,
    settings: settings.hardFailures,
    nowMs,
  });
  const verdict = decideVerdict({
    statistics,
    slowAboveMs: trial.slowAboveMs ?? undefined,
    hardFailures,
    settings: settings.judge,
  });
  const situation = { document, trial, nowMs };
  const [broken] = ejectingRules(evaluations, members, trial);
  const rollout = decideRollout(document, verdict, nowMs);
  const ejection =
    verdict.kind === 'harmful'
      ? ejectionByVerdict(verdict, settings.actions, situation)
      : broken !== undefined
        ? ejectionByRule(broken, situation)
        : rollout.kind === 'abort'
          ? ejectionByDeadline(rollout.reason, situation)
          : undefined;
  return { evaluations, trial, verdict, ejection, rollout };
}

function readingsOf(
  { samples, buckets, nowMs }: CycleInputs,
  document: ReleaseDocument,
  trial: Trial | undefined,
): Reading[] {
  const canaryFromMs = trial?.endedAt === null ? trial.firstBucketMs : undefined;
  return [
    ...samples.flatMap((sample) => [
      ...hostReadings(sample),
      ...sample.workloads.flatMap((workload) =>
        workloadReadings(sample, withVersion(workload, document), nowMs),
      ),
    ]),
    ...trafficReadings(buckets, canaryFromMs, nowMs),
  ];
}

/** What runs does not always say its version; the release document does. */
function withVersion<T extends { memberId?: string | undefined; version?: string | undefined }>(
  workload: T,
  { members }: ReleaseDocument,
): T {
  const version = members.find(({ id }) => id === workload.memberId)?.version;
  return version === undefined || workload.version !== undefined
    ? workload
    : { ...workload, version };
}

/**
 * The assessment with a better reason, where failed requests are those of a canary that is gone.
 * @param refusing - which of the members have nobody listening.
 */
export async function explained(
  assessment: Assessment,
  document: ReleaseDocument,
  refusing: (members: readonly Member[]) => Promise<readonly Member[]>,
  actions: readonly Action[],
  nowMs: number,
): Promise<Assessment> {
  const { verdict, trial } = assessment;
  if (verdict?.kind !== 'harmful' || verdict.evidence.rule !== 'errors') return assessment;
  if (trial === undefined) return assessment;
  const gone = await refusing(activeCanaries(document.members));
  if (gone.length === 0) return assessment;
  const crash = withCrash(
    verdict,
    gone.map(({ id }) => id),
  );
  const ejection = ejectionByVerdict(crash, actions, { document, trial, nowMs });
  return { ...assessment, verdict: crash, ejection };
}
