import { logEvidence } from './harm-test.ts';
import { defaultSafety, safetyBound, safetyScore, type SafetySettings } from './safety-test.ts';
import type { TrialStatistics } from './trial-statistics.ts';

export interface VerdictSettings {
  /** How often a healthy canary may be called harmful, 0 to 1, over all metrics. Default 0.05. */
  readonly alpha: number;
  readonly safety: SafetySettings;
}

export const defaultVerdictSettings: VerdictSettings = { alpha: 0.05, safety: defaultSafety };

/** What needs no statistics: a canary that crashes, is not healthy or was killed for its memory. */
export interface HardFailure {
  readonly kind: 'crash-loop' | 'unhealthy' | 'oom-killed';
  readonly member: string;
  /** What was seen, a sentence without its full stop. */
  readonly sentence: string;
}

export interface VerdictInput {
  /** Of all strata since the trial began, those of the running bucket included. */
  readonly statistics: TrialStatistics;
  /**
   * The stable p95 as it was when the trial began, milliseconds: a request that takes longer is
   * slow. Undefined when it was not known: latency is not judged then.
   */
  readonly slowAboveMs: number | undefined;
  readonly hardFailures: readonly HardFailure[];
  readonly settings: VerdictSettings;
}

export type HarmMetric = 'errors' | 'latency';

/** Why the verdict is what it is: plain data, stored with the decision. */
export interface VerdictEvidence {
  readonly rule: HarmMetric | HardFailure['kind'] | 'safety' | 'none';
  readonly canary: TrialStatistics['canary'];
  readonly stable: TrialStatistics['stable'];
  /** What 1/alpha is compared with, for each metric; at most 1e300. */
  readonly eValues: Readonly<Record<HarmMetric, number>>;
  /** From which e-value on a metric is harmful. */
  readonly harmfulFrom: number;
  readonly safetyScore: number;
  readonly safeFrom: number;
  readonly slowAboveMs: number | null;
  readonly buckets: TrialStatistics['buckets'];
}

export interface Verdict {
  readonly kind: 'harmful' | 'safe' | 'inconclusive';
  /** The evidence in a sentence that a person understands, without its full stop. */
  readonly sentence: string;
  readonly evidence: VerdictEvidence;
}

/**
 * Judges the canary against the stable version. Harm goes before safety; no data is inconclusive.
 * Alpha is split evenly over errors and latency (Bonferroni).
 */
export function decideVerdict({
  statistics,
  slowAboveMs,
  hardFailures,
  settings,
}: VerdictInput): Verdict {
  const { canary, stable, logRatios, buckets } = statistics;
  const logEValues = {
    errors: logEvidence(logRatios.errors),
    latency: logEvidence(logRatios.latency),
  };
  const harmfulFrom = 2 / settings.alpha;
  const evidence: VerdictEvidence = {
    rule: 'none',
    canary,
    stable,
    eValues: { errors: bounded(logEValues.errors), latency: bounded(logEValues.latency) },
    harmfulFrom,
    safetyScore: safetyScore(canary, settings.safety),
    safeFrom: safetyBound(settings.safety),
    slowAboveMs: slowAboveMs ?? null,
    buckets,
  };
  const [hardFailure] = hardFailures;
  if (hardFailure !== undefined) {
    return {
      kind: 'harmful',
      sentence: hardFailure.sentence,
      evidence: { ...evidence, rule: hardFailure.kind },
    };
  }
  for (const metric of ['errors', 'latency'] as const) {
    if (logEValues[metric] < Math.log(harmfulFrom)) continue;
    const sentence = harmSentence(metric, evidence);
    return { kind: 'harmful', sentence, evidence: { ...evidence, rule: metric } };
  }
  if (evidence.safetyScore >= evidence.safeFrom) {
    const sentence = `${share(canary.failures, canary.requests)} of the canary failed, which is safe`;
    return { kind: 'safe', sentence, evidence: { ...evidence, rule: 'safety' } };
  }
  const sentence = `${share(canary.failures, canary.requests)} of the canary failed, which decides nothing yet`;
  return { kind: 'inconclusive', sentence, evidence };
}

function harmSentence(metric: HarmMetric, evidence: VerdictEvidence): string {
  const { canary, stable, eValues, slowAboveMs } = evidence;
  const isErrors = metric === 'errors';
  const bad = isErrors ? 'failed' : `took longer than ${Math.round(slowAboveMs ?? 0)} ms`;
  const shareOf = (sample: TrialStatistics['canary']) =>
    isErrors ? share(sample.failures, sample.requests) : share(sample.slow, sample.timed);
  return (
    `${shareOf(canary)} of the canary ${bad}, against ${shareOf(stable)} of stable; ` +
    'were the canary no worse, evidence this strong would ever come up in fewer than 1 of ' +
    `${oddsText(eValues[metric])} rollouts`
  );
}

/** Never more than the evidence gives, and no more digits than anybody reads. */
function oddsText(eValue: number): string {
  if (eValue >= 1e6) return 'a million';
  const digits = { maximumSignificantDigits: 3, roundingMode: 'floor' } as const;
  return Math.floor(eValue).toLocaleString('en-US', digits);
}

function share(part: number, whole: number): string {
  const percent = whole === 0 ? '' : ` (${((100 * part) / whole).toFixed(1)} %)`;
  return `${part} of ${whole} requests${percent}`;
}

/** JSON knows no infinity. */
function bounded(logValue: number): number {
  return Math.exp(Math.min(logValue, Math.log(1e300)));
}
