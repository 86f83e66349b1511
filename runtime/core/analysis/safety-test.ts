import { z } from 'zod';
import { judgeNumbers } from '../../contract/monitor-settings.ts';
import { firstLogMass, nextLogMass, withLater } from './start-weights.ts';
import { logSafetyRatio } from './harm-test.ts';
import type { TrackSample } from './track-sample.ts';

/**
 * Test whether the canary has served well for long enough. It is safe if one of two hypotheses can
 * be rejected, each with a probability of error of at most beta:
 *
 * - relative: its odds of failing are `oddsRatio` times those of stable on the same traffic, or more
 *   (the likelihood ratio of harm-test.ts the other way round);
 * - absolute: it fails at `badRate` or more, by Wald's likelihood ratio of `goodRate` against it
 *   (Wald 1945, "Sequential Tests of Statistical Hypotheses"). This one counts only while nothing
 *   speaks of harm.
 *
 * Both are mixtures over the stratum from which the canary is good, with the weights of evidence.ts,
 * so that no finite past keeps a canary from being safe. Without a failure the absolute test takes
 * about 200 requests with the defaults.
 */
export interface SafetySettings {
  /** A failure rate that is fine, 0 to 1. Default 0.002. */
  readonly goodRate: number;
  /** Lowest failure rate that must not be called safe, 0 to 1. Default 0.02. */
  readonly badRate: number;
  /** Probability of calling a bad canary safe, 0 to 1, for each of the two tests. Default 0.05. */
  readonly beta: number;
  /** Ratio of the odds of failing that must not be called safe; above 1. Default 3. */
  readonly oddsRatio: number;
  /** Fewest canary requests on which `safe` may rest. Default 50. */
  readonly fewestRequests: number;
}

export const defaultSafety: SafetySettings = {
  goodRate: judgeNumbers.goodRate.default,
  badRate: judgeNumbers.badRate.default,
  beta: judgeNumbers.beta.default,
  oddsRatio: judgeNumbers.safeOddsRatio.default,
  fewestRequests: judgeNumbers.safeRequests.default,
};

/** Statistics of the step that is judged. */
export const safetySchema = z.object({
  strata: z.int().min(0),
  /** Canary requests of the step. */
  requests: z.int().min(0),
  /** ln of the mixture, as in evidence.ts. */
  relative: z.number(),
  absolute: z.number(),
});

export type Safety = z.infer<typeof safetySchema>;

export const noSafety: Safety = {
  strata: 0,
  requests: 0,
  relative: firstLogMass,
  absolute: firstLogMass,
};

/** Safety after one more stratum of requests. */
export function nextSafety(
  { strata: before, requests, relative, absolute }: Safety,
  sample: TrackSample,
  settings: SafetySettings,
): Safety {
  const strata = before + 1;
  const { canary, badCanary } = sample;
  return {
    strata,
    requests: requests + canary,
    relative: nextLogMass(relative, logSafetyRatio(sample, settings.oddsRatio), strata),
    absolute: nextLogMass(absolute, logWaldRatio(canary, badCanary, settings), strata),
  };
}

/** Natural logarithms of the e-values of both tests; each is enough from {@link safetyBound}. */
export function safetyScores({ strata, relative, absolute }: Safety) {
  return { relative: withLater(relative, strata), absolute: withLater(absolute, strata) };
}

/** Score from which the canary is safe. */
export function safetyBound({ beta }: SafetySettings): number {
  return Math.log(1 / beta);
}

function logWaldRatio(
  requests: number,
  failures: number,
  { goodRate, badRate }: SafetySettings,
): number {
  const failure = Math.log(goodRate / badRate);
  const success = Math.log((1 - goodRate) / (1 - badRate));
  return failures * failure + (requests - failures) * success;
}
