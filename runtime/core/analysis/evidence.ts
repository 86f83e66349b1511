import { z } from 'zod';
import { oddsRatios, type LogRatios } from './harm-test.ts';
import { firstLogMass, logSum, nextLogMass, withLater } from './start-weights.ts';

/**
 * Evidence of one metric over the closed strata of a trial. Harm may begin at any time, so the
 * e-value is a mixture over the stratum j in which it began (an e-detector: Shin, Ramdas and Rinaldo
 * 2022, arXiv 2203.03532):
 *
 *   E(t) = R(t) + sum over j <= t of (R(j-1) - R(j)) * LR_j * ... * LR_t,  R(t) = 1 / (1 + log2(1 + t))
 *
 * R(t) is the weight of all later beginnings, for which LR is 1 so far. The weights sum to 1, so E is
 * a nonnegative supermartingale from 1 and the bound of the test holds for any length of time, while
 * harm that begins at stratum j costs only ln(1 / (R(j-1) - R(j))): 0.7 at the first, 13 after 8 hours.
 * Weights 1/(j(j+1)), the usual choice, cost 16 there.
 *
 * Strata without a bad request have LR = 1 and are not numbered: that numbering depends on the totals
 * only, on which the test is conditional anyway.
 */
export const evidenceSchema = z.object({
  /** Closed strata with a bad request, t. */
  strata: z.int().min(0),
  /** ln of (the sum above, plus the weight of the next beginning), for each odds ratio. */
  logMasses: z.array(z.number()).length(oddsRatios.length).readonly(),
});

export type Evidence = z.infer<typeof evidenceSchema>;

export const noEvidence: Evidence = { strata: 0, logMasses: oddsRatios.map(() => firstLogMass) };

/** Evidence with one more closed stratum. */
export function addStratum(evidence: Evidence, ratios: LogRatios): Evidence {
  const strata = evidence.strata + 1;
  const logMasses = evidence.logMasses.map((mass, index) =>
    nextLogMass(mass, ratios[index] ?? 0, strata),
  );
  return { strata, logMasses };
}

/**
 * Natural logarithm of the e-value: 0 is no evidence, and `Math.log(1 / alpha)` is enough to act.
 * @param running - log LR(w) of the stratum that is not closed yet.
 */
export function logEValue({ strata, logMasses }: Evidence, running: LogRatios): number {
  const masses = logMasses.map((mass, index) => mass + (running[index] ?? 0));
  return withLater(masses.reduce(logSum) - Math.log(masses.length), strata);
}
