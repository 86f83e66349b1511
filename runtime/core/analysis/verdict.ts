import type { Track } from '../../contract/names.ts';
import { logEvidence } from './harm-test.ts';
import { defaultSafety, safetyBound, safetyScore, type SafetySettings } from './safety-test.ts';
import type { TrialStatistics } from './trial-statistics.ts';

export interface VerdictSettings {
  /** Probability of calling a healthy canary harmful, 0 to 1, over all metrics. Default 0.05. */
  readonly alpha: number;
  readonly safety: SafetySettings;
}

export const defaultVerdictSettings: VerdictSettings = { alpha: 0.05, safety: defaultSafety };

/** Harm that needs no statistics: a canary that crashes, is unhealthy or was killed for lack of memory. */
export interface HardFailure {
  readonly kind: 'crash-loop' | 'unhealthy' | 'oom-killed';
  readonly member: string;
  /** The failure, a sentence without its full stop. */
  readonly sentence: string;
}

export interface VerdictInput {
  /** Statistics of all strata since the trial began, those of the running bucket included. */
  readonly statistics: TrialStatistics;
  /**
   * Stable p95 at the start of the trial, milliseconds: a request that takes longer is slow.
   * Undefined if it is not known; then latency is not judged.
   */
  readonly slowAboveMs: number | undefined;
  readonly hardFailures: readonly HardFailure[];
  readonly settings: VerdictSettings;
}

type JudgedMetric = 'errors' | 'latency';

/** Numbers behind a verdict. Plain data, stored with the decision. */
export interface VerdictEvidence {
  /** Test that decided; `none` for an inconclusive verdict. */
  readonly rule: JudgedMetric | HardFailure['kind'] | 'safety' | 'none';
  readonly canary: TrialStatistics['canary'];
  readonly stable: TrialStatistics['stable'];
  /** E-value of each metric, at most 1e300. */
  readonly eValues: Readonly<Record<JudgedMetric, number>>;
  /** E-value from which a metric is harmful. */
  readonly harmfulFrom: number;
  readonly safetyScore: number;
  readonly safeFrom: number;
  readonly slowAboveMs: number | null;
  readonly buckets: TrialStatistics['buckets'];
}

export interface Verdict {
  readonly kind: 'harmful' | 'safe' | 'inconclusive';
  /** The evidence in a sentence for people, without its full stop. */
  readonly sentence: string;
  readonly evidence: VerdictEvidence;
}

/**
 * Compares the canary with the stable version. Harm comes before safety, and no data is
 * inconclusive. Alpha is split evenly over errors and latency (Bonferroni).
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
  const failed = `${share('canary', canary.failures, canary.requests)} failed`;
  if (evidence.safetyScore >= evidence.safeFrom) {
    const sentence = `${failed}: safe`;
    return { kind: 'safe', sentence, evidence: { ...evidence, rule: 'safety' } };
  }
  const sentence = `${failed}: not enough data yet`;
  return { kind: 'inconclusive', sentence, evidence };
}

function harmSentence(metric: JudgedMetric, evidence: VerdictEvidence): string {
  const { canary, stable, eValues, slowAboveMs } = evidence;
  const isErrors = metric === 'errors';
  const bad = isErrors ? 'failed' : `took longer than ${Math.round(slowAboveMs ?? 0)} ms`;
  const shareOf = (track: Track, { failures, requests, slow, timed }: TrialStatistics[Track]) =>
    isErrors ? share(track, failures, requests) : share(track, slow, timed);
  return (
    `${shareOf('canary', canary)} ${bad}, against ${shareOf('stable', stable)}; ` +
    'a healthy canary would produce evidence this strong in fewer than 1 of ' +
    `${oddsText(eValues[metric])} rollouts`
  );
}

/** The e-value, rounded down to three digits. */
function oddsText(eValue: number): string {
  if (eValue >= 1e6) return 'a million';
  const digits = { maximumSignificantDigits: 3, roundingMode: 'floor' } as const;
  return Math.floor(eValue).toLocaleString('en-US', digits);
}

function share(track: Track, part: number, whole: number): string {
  const percent = whole === 0 ? '' : ` (${((100 * part) / whole).toFixed(1)}%)`;
  return `${part} of ${whole} ${track} requests${percent}`;
}

/** The number of this logarithm, at most 1e300, because JSON has no infinity. */
function bounded(logValue: number): number {
  return Math.exp(Math.min(logValue, Math.log(1e300)));
}
