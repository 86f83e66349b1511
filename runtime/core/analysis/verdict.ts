import { judgeNumbers } from '../../contract/monitor-settings.ts';
import type { HarmMetric } from '../../contract/traffic-fields.ts';
import type { TrialResult } from './advance-trial.ts';
import type { HardFailure } from './hard-failures.ts';
import { badShare, metricHarms, type MetricHarm } from './metric-harm.ts';
import { missingRequests } from './missing-requests.ts';
import { safetyBound, safetyScores } from './safety-test.ts';
import { safetyWith } from './trial-statistics.ts';
import type { VerdictEvidence } from './verdict-evidence.ts';
import { harmSentence, safetySentence } from './verdict-text.ts';

export interface VerdictSettings {
  /** Probability of calling a healthy canary harmful, 0 to 1, over all metrics. Default 0.05. */
  readonly alpha: number;
  /** Rise of the share of bad requests that is no harm yet, percentage points. Default 0.1. */
  readonly leastIncrease: number;
}

export const defaultVerdictSettings: VerdictSettings = {
  alpha: judgeNumbers.alpha.default,
  leastIncrease: judgeNumbers.leastIncrease.default,
};

/**
 * Parts of alpha, by metric (a weighted Bonferroni bound). A canary that rejects what stable serves
 * rejects much of it, so little is enough there.
 */
const alphaShare: Readonly<Record<HarmMetric, number>> = {
  errors: 0.5,
  latency: 0.45,
  rejections: 0.05,
};

/** E-value of harm above which a canary is not called safe. */
const doubtFrom = 2;

export interface VerdictInput extends TrialResult {
  readonly hardFailures: readonly HardFailure[];
  readonly settings: VerdictSettings;
}

export interface Verdict {
  readonly kind: 'harmful' | 'safe' | 'inconclusive';
  /** The evidence in a sentence for people, without its full stop. */
  readonly sentence: string;
  readonly evidence: VerdictEvidence;
}

/** Compares the canary with the stable version. Harm comes before safety; no data is inconclusive. */
export function decideVerdict(input: VerdictInput): Verdict {
  const { statistics, comparison, hardFailures, settings } = input;
  const harms = metricHarms(statistics, comparison);
  const evidence = evidenceOf(input, harms);
  const [hardFailure] = hardFailures;
  if (hardFailure !== undefined) {
    const { sentence, kind: rule } = hardFailure;
    return { kind: 'harmful', sentence, evidence: { ...evidence, rule } };
  }
  for (const { metric: rule, logEValue, counts } of harms) {
    if (counts === undefined || logEValue < Math.log(evidence.harmfulFrom[rule])) continue;
    const increase = badShare(counts.canary) - badShare(counts.stable);
    if (100 * increase < settings.leastIncrease) continue;
    const sentence = harmSentence(rule, counts, evidence);
    const { sinceMs } = counts;
    return { kind: 'harmful', sentence, evidence: { ...evidence, rule, sinceMs, harm: counts } };
  }
  const isSafe = isSafeBy(evidence, comparison.safety.fewestRequests);
  const sentence = safetySentence(evidence, isSafe);
  if (!isSafe) return { kind: 'inconclusive', sentence, evidence };
  return { kind: 'safe', sentence, evidence: { ...evidence, rule: 'safety' } };
}

function isSafeBy({ eValues, safety, safeFrom }: VerdictEvidence, fewestRequests: number): boolean {
  const isProven = safety.relative >= safeFrom || safety.absolute >= safeFrom;
  return isProven && !isDoubtful(eValues) && safety.requests >= fewestRequests;
}

function isDoubtful(eValues: VerdictEvidence['eValues']): boolean {
  return Object.values(eValues).some((value) => value > doubtFrom);
}

function evidenceOf(
  { statistics, comparison, settings }: VerdictInput,
  harms: readonly MetricHarm[],
): VerdictEvidence {
  const { canary, stable, running, buckets } = statistics;
  const { slowAboveMs, safety: safetySettings } = comparison;
  const safety = safetyWith(statistics, running, comparison);
  const logEValueOf = (name: HarmMetric) =>
    harms.find(({ metric }) => metric === name)?.logEValue ?? 0;
  const eValues = byMetric((metric) => bounded(logEValueOf(metric)));
  const missing = isDoubtful(eValues) ? null : missingRequests(statistics, comparison);
  return {
    rule: 'none',
    canary,
    stable,
    eValues,
    harmfulFrom: byMetric((metric) => 1 / (settings.alpha * alphaShare[metric])),
    safety: { requests: safety.requests, ...safetyScores(safety), missing },
    safeFrom: safetyBound(safetySettings),
    slowAboveMs: slowAboveMs?.stable ?? null,
    canarySlowAboveMs: slowAboveMs?.canary ?? null,
    buckets,
  };
}

function byMetric(of: (metric: HarmMetric) => number): Record<HarmMetric, number> {
  return { errors: of('errors'), latency: of('latency'), rejections: of('rejections') };
}

/** The number of this logarithm, at most 1e300, because JSON has no infinity. */
function bounded(logValue: number): number {
  return Math.exp(Math.min(logValue, Math.log(1e300)));
}
