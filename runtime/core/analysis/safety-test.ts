/**
 * Has the canary answered well for long enough? Wald's sequential probability ratio test (Wald
 * 1945, "Sequential Tests of Statistical Hypotheses") of a good failure rate against one that is
 * not to be borne:
 *
 *   S = sum of e_c ln(good/bad) + (n_c - e_c) ln((1 - good)/(1 - bad))
 *
 * `safe` when S >= ln(1/beta): a canary that fails at the bad rate ever gets there with
 * probability beta at most. With the defaults it takes 65 requests without a failure.
 */
export interface SafetySettings {
  /** A failure rate that nobody minds, 0 to 1. Default 0.005. */
  readonly goodRate: number;
  /** The least failure rate that must not be called safe, 0 to 1. Default 0.05. */
  readonly badRate: number;
  /** How often a canary at the bad rate may be called safe, 0 to 1. Default 0.05. */
  readonly beta: number;
}

export const defaultSafety: SafetySettings = { goodRate: 0.005, badRate: 0.05, beta: 0.05 };

/** S after so many requests and failures of the canary. */
export function safetyScore(
  { requests, failures }: { readonly requests: number; readonly failures: number },
  { goodRate, badRate }: SafetySettings,
): number {
  const failure = Math.log(goodRate / badRate);
  const success = Math.log((1 - goodRate) / (1 - badRate));
  return failures * failure + (requests - failures) * success;
}

/** The score from which on the canary is safe. */
export function safetyBound({ beta }: SafetySettings): number {
  return Math.log(1 / beta);
}
