/**
 * Test whether the canary has answered well for long enough: Wald's sequential probability ratio
 * test (Wald 1945, "Sequential Tests of Statistical Hypotheses") of a good failure rate against a
 * bad one:
 *
 *   S = sum of e_c ln(good/bad) + (n_c - e_c) ln((1 - good)/(1 - bad))
 *
 * The canary is safe once S >= ln(1/beta). A canary that fails at the bad rate reaches that with
 * probability at most beta. With the defaults it takes 65 requests without a failure.
 */
export interface SafetySettings {
  /** A failure rate that is fine, 0 to 1. Default 0.005. */
  readonly goodRate: number;
  /** Lowest failure rate that must not be called safe, 0 to 1. Default 0.05. */
  readonly badRate: number;
  /** Probability of calling a canary at the bad rate safe, 0 to 1. Default 0.05. */
  readonly beta: number;
}

export const defaultSafety: SafetySettings = { goodRate: 0.005, badRate: 0.05, beta: 0.05 };

/** S after these requests and failures of the canary. */
export function safetyScore(
  { requests, failures }: { readonly requests: number; readonly failures: number },
  { goodRate, badRate }: SafetySettings,
): number {
  const failure = Math.log(goodRate / badRate);
  const success = Math.log((1 - goodRate) / (1 - badRate));
  return failures * failure + (requests - failures) * success;
}

/** Score from which the canary is safe. */
export function safetyBound({ beta }: SafetySettings): number {
  return Math.log(1 / beta);
}
