import { latencyBin } from './latency-histogram.ts';
import { logHarmEvidence, type ArmCounts } from './harm-test.ts';
import { defaultSafety, safetyBound, safetyScore, type SafetySettings } from './safety-test.ts';
import type { TrackCounts, TrafficBucket } from './traffic.ts';

export interface JudgeSettings {
  /** How often a healthy canary may be called harmful, 0 to 1, over all metrics. Default 0.05. */
  readonly alpha: number;
  readonly safety: SafetySettings;
}

export const defaultJudge: JudgeSettings = { alpha: 0.05, safety: defaultSafety };

/** What needs no statistics: a canary that crashes, is not healthy or was killed for its memory. */
export interface Gate {
  readonly kind: 'crash-loop' | 'unhealthy' | 'oom-killed';
  readonly member: string;
  /** What was seen, a sentence without its full stop. */
  readonly sentence: string;
}

export interface JudgeInput {
  /** The strata of the buckets since the trial began, oldest first, the running one included. */
  readonly buckets: readonly TrafficBucket[];
  /**
   * The stable p95 as it was when the trial began, milliseconds: a request that takes longer is
   * slow. Undefined when it was not known: latency is not judged then.
   */
  readonly slowAboveMs: number | undefined;
  readonly gates: readonly Gate[];
  readonly settings: JudgeSettings;
}

export type HarmMetric = 'errors' | 'latency';

/** Why the verdict is what it is: plain data, stored with the decision. */
export interface Evidence {
  readonly rule: HarmMetric | Gate['kind'] | 'safety' | 'none';
  readonly canary: { readonly requests: number; readonly failures: number; readonly slow: number };
  readonly stable: { readonly requests: number; readonly failures: number; readonly slow: number };
  /** What 1/alpha is compared with, for each metric; at most 1e300. */
  readonly eValues: Readonly<Record<HarmMetric, number>>;
  /** From which e-value on a metric is harmful. */
  readonly harmfulFrom: number;
  readonly safetyScore: number;
  readonly safeFrom: number;
  readonly slowAboveMs: number | null;
  /** Starts of the first and last bucket with traffic, and how many. */
  readonly buckets: { readonly count: number; readonly firstMs: number; readonly lastMs: number };
}

export interface Verdict {
  readonly kind: 'harmful' | 'safe' | 'inconclusive';
  /** The evidence in a sentence that a person understands, without its full stop. */
  readonly sentence: string;
  readonly evidence: Evidence;
}

/**
 * Judges the canary against the stable version. Harm goes before safety; no data is inconclusive.
 * Alpha is split evenly over errors and latency (Bonferroni).
 */
export function judge({ buckets, slowAboveMs, gates, settings }: JudgeInput): Verdict {
  const slowFrom = slowAboveMs === undefined ? undefined : latencyBin(slowAboveMs);
  const errors = buckets.map(errorCounts);
  const slow = slowFrom === undefined ? [] : buckets.map((bucket) => slowCounts(bucket, slowFrom));
  const logEValues = { errors: logHarmEvidence(errors), latency: logHarmEvidence(slow) };
  const harmfulFrom = 2 / settings.alpha;
  const canary = { ...totals(errors).canary, slow: totals(slow).canary.failures };
  const evidence: Evidence = {
    rule: 'none',
    canary,
    stable: { ...totals(errors).stable, slow: totals(slow).stable.failures },
    eValues: { errors: bounded(logEValues.errors), latency: bounded(logEValues.latency) },
    harmfulFrom,
    safetyScore: safetyScore(canary, settings.safety),
    safeFrom: safetyBound(settings.safety),
    slowAboveMs: slowAboveMs ?? null,
    buckets: {
      count: new Set(buckets.map(({ startMs }) => startMs)).size,
      firstMs: buckets[0]?.startMs ?? 0,
      lastMs: buckets.at(-1)?.startMs ?? 0,
    },
  };
  const [gate] = gates;
  if (gate !== undefined) {
    return { kind: 'harmful', sentence: gate.sentence, evidence: { ...evidence, rule: gate.kind } };
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

function errorCounts({ canary, stable }: TrafficBucket): ArmCounts {
  return {
    canary: canary.requests,
    stable: stable.requests,
    badCanary: canary.failures,
    badStable: stable.failures,
  };
}

function slowCounts({ canary, stable }: TrafficBucket, slowFrom: number): ArmCounts {
  return {
    canary: timed(canary),
    stable: timed(stable),
    badCanary: slower(canary, slowFrom),
    badStable: slower(stable, slowFrom),
  };
}

/** Requests whose latency is known; one without it says nothing of slowness. */
function timed({ latency }: TrackCounts): number {
  return sum([...latency.values()]);
}

function slower({ latency }: TrackCounts, slowFrom: number): number {
  return sum([...latency].filter(([bin]) => bin > slowFrom).map(([, count]) => count));
}

function totals(buckets: readonly ArmCounts[]) {
  return {
    canary: {
      requests: sum(buckets.map(({ canary }) => canary)),
      failures: sum(buckets.map(({ badCanary }) => badCanary)),
    },
    stable: {
      requests: sum(buckets.map(({ stable }) => stable)),
      failures: sum(buckets.map(({ badStable }) => badStable)),
    },
  };
}

function harmSentence(metric: HarmMetric, evidence: Evidence): string {
  const { canary, stable, eValues, slowAboveMs } = evidence;
  const bad =
    metric === 'errors' ? 'failed' : `took longer than ${Math.round(slowAboveMs ?? 0)} ms`;
  const field = metric === 'errors' ? 'failures' : 'slow';
  const odds = Math.floor(eValues[metric]).toLocaleString('en-US', { maximumSignificantDigits: 3 });
  return (
    `${share(canary[field], canary.requests)} of the canary ${bad}, against ` +
    `${share(stable[field], stable.requests)} of stable; were the canary no worse, ` +
    `evidence this strong would ever come up in fewer than 1 of ${odds} rollouts`
  );
}

function share(part: number, whole: number): string {
  const percent = whole === 0 ? '' : ` (${((100 * part) / whole).toFixed(1)} %)`;
  return `${part} of ${whole} requests${percent}`;
}

/** JSON knows no infinity. */
function bounded(logValue: number): number {
  return Math.exp(Math.min(logValue, Math.log(1e300)));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
