import { z } from 'zod';
import { harmMetrics, type HarmMetric } from '../../contract/traffic-fields.ts';
import type { VerdictEvidence } from './verdict-evidence.ts';

const percent = z.number().min(0).nullable();

/** Highest evidence of the judge in ten seconds, a minute or an hour, small enough to be kept for long. */
export const evidencePeriodSchema = z.object({
  /** Milliseconds since the epoch. */
  startMs: z.int().min(0),
  /** Evidence of harm, percent of the bound that ejects the canary; null: not compared yet. */
  harm: z.object({ errors: percent, latency: percent, rejections: percent }),
  /** Evidence of safety, percent of the bound that makes the step safe. */
  safety: percent,
});

export type EvidencePeriod = z.infer<typeof evidencePeriodSchema>;

/** Evidence far above its bound says no more than that. */
const mostPercent = 1_000;

/**
 * Evidence of one verdict, relative to its bounds. It grows by factors, so that the logarithm is what
 * comes near the bound evenly; evidence against harm, or against safety, is 0.
 */
export function evidencePeriod(startMs: number, evidence: VerdictEvidence): EvidencePeriod {
  const { eValues, harmfulFrom, safety, safeFrom, slowAboveMs } = evidence;
  const of = (metric: HarmMetric) =>
    percentOf(Math.log(eValues[metric]), Math.log(harmfulFrom[metric]));
  return {
    startMs,
    harm: {
      errors: of('errors'),
      latency: slowAboveMs === null ? null : of('latency'),
      rejections: of('rejections'),
    },
    safety: percentOf(Math.max(safety.relative, safety.absolute), safeFrom),
  };
}

/** The higher evidence of each check, with the start of the first period. */
export function highestEvidence(first: EvidencePeriod, second: EvidencePeriod): EvidencePeriod {
  const harm = Object.fromEntries(
    harmMetrics.map((metric) => [metric, highest(first.harm[metric], second.harm[metric])]),
  );
  const safety = highest(first.safety, second.safety);
  return evidencePeriodSchema.parse({ startMs: first.startMs, harm, safety });
}

function percentOf(log: number, bound: number): number {
  return Math.round(10 * Math.min(mostPercent, Math.max(0, (100 * log) / bound))) / 10;
}

function highest(first: number | null, second: number | null): number | null {
  if (first === null || second === null) return first ?? second;
  return Math.max(first, second);
}
