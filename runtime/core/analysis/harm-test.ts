import type { TrackSample } from './track-sample.ts';

/**
 * Likelihood ratio of one stratum: is the canary worse than the stable version on the same traffic?
 *
 * In each stratum (a span of time under one weight) chance gave every request to the canary with the
 * same probability, so both tracks met the same conditions. Let e be the number of bad requests of
 * both tracks. If the canary's odds of a bad request are w times those of stable, the number among
 * them that are the canary's has Fisher's noncentral hypergeometric distribution with parameter w,
 * whatever the base rate was. With k over its support and e_c of the e on the canary,
 *
 *   LR(w) = (w / w0)^e_c * sum_k C(n_c,k) C(n_s,e-k) w0^k  /  sum_k C(n_c,k) C(n_s,e-k) w^k
 *
 * compares "odds w times as high" with "odds w0 times as high". For w > w0 its expectation is at most
 * 1 for every canary whose odds are at most w0 times as high, because the ratio of two such
 * distributions increases with k (a monotone likelihood ratio). So w0 is the tolerance of the test:
 * a canary that is worse by less is never blamed for it. Products over strata stay below 1/alpha
 * with probability 1 - alpha for ever (Ville's inequality; anytime-valid inference for multinomial
 * counts: Lindon and Malek 2022, arXiv 2205.14762). With clients for requests and first failures
 * for failures this is the safe logrank test (ter Schure, Perez-Ortiz, Ly, Grunwald 2020, arXiv
 * 2011.06931).
 *
 * This is exact from stratum to stratum. Values within a running stratum are not a martingale among
 * themselves. Their cost is measured (docs/judge.md).
 */

/** Values of w / w0. The evidence averages over them. */
export const oddsRatios = [1.5, 3, 8, 25, 100] as const;

/** log LR(w), for each of {@link oddsRatios}. */
export type LogRatios = readonly number[];

/** Ratios of no data: every LR(w) is 1. */
export const noRatios: LogRatios = oddsRatios.map(() => 0);

/**
 * log LR(w) of one stratum, for each of {@link oddsRatios}. Accurate to about 1e-11: each term is
 * computed from its neighbour by an exact ratio, so that no factorial is needed.
 * @param tolerance - w0, the ratio of the odds that still counts as no harm; 1 or more.
 */
export function logLikelihoodRatios(sample: TrackSample, tolerance: number): LogRatios {
  const { canary, stable, badCanary, badStable } = sample;
  const bad = badCanary + badStable;
  if (bad === 0 || canary === 0 || stable === 0) return noRatios;
  const sums = new NoncentralSums(canary, stable, bad);
  const none = sums.logSum(tolerance);
  return oddsRatios.map(
    (ratio) => badCanary * Math.log(ratio) - (sums.logSum(ratio * tolerance) - none),
  );
}

/** log LR of "as good as stable" against "odds `ratio` times as high" (above 1). */
export function logSafetyRatio(sample: TrackSample, ratio: number): number {
  const { canary, stable, badCanary, badStable } = sample;
  const bad = badCanary + badStable;
  if (bad === 0 || canary === 0 || stable === 0) return 0;
  const sums = new NoncentralSums(canary, stable, bad);
  const equal = sums.logSum(1);
  return sums.logSum(ratio) - equal - badCanary * Math.log(ratio);
}

const negligible = 1e-18;
const tiny = 1e-200;
const huge = 1e200;

/**
 * log sum_k C(n_c,k) C(n_s,e-k) w^k, up to a constant that is the same for every w. Call it in
 * ascending order of w, because it walks from the largest term of one sum to that of the next.
 */
class NoncentralSums {
  readonly #canary: number;
  readonly #bad: number;
  /** n_s - e, all that the ratio of neighbouring terms needs of n_s. */
  readonly #spare: number;
  readonly #last: number;
  readonly #first: number;
  #mode: number;
  /** log of the term at the mode with w = 1, relative to the term at the first mode. */
  #logTerm = 0;

  constructor(canary: number, stable: number, bad: number) {
    this.#canary = canary;
    this.#bad = bad;
    this.#spare = stable - bad;
    this.#first = Math.max(0, bad - stable);
    this.#last = Math.min(canary, bad);
    const mode = Math.floor(((canary + 1) * (bad + 1)) / (canary + stable + 2));
    this.#mode = Math.min(this.#last, Math.max(this.#first, mode));
  }

  logSum(weight: number): number {
    this.#climb(weight);
    return this.#logTerm + this.#mode * Math.log(weight) + Math.log(this.#sumAroundMode(weight));
  }

  /** Ratio of the term at k + 1 to the term at k, with w = 1. */
  #ratio(k: number): number {
    return ((this.#canary - k) * (this.#bad - k)) / ((k + 1) * (this.#spare + k + 1));
  }

  #climb(weight: number): void {
    let product = 1;
    while (this.#mode < this.#last) {
      const ratio = this.#ratio(this.#mode);
      if (ratio * weight <= 1) break;
      product *= ratio;
      this.#mode += 1;
      if (product < tiny || product > huge) {
        this.#logTerm += Math.log(product);
        product = 1;
      }
    }
    this.#logTerm += Math.log(product);
  }

  /** Sum relative to the term at the mode. Terms fall faster and faster on both sides. */
  #sumAroundMode(weight: number): number {
    let sum = 1;
    let term = 1;
    for (let k = this.#mode; k < this.#last && term > negligible * sum; k += 1) {
      term *= this.#ratio(k) * weight;
      sum += term;
    }
    term = 1;
    for (let k = this.#mode; k > this.#first && term > negligible * sum; k -= 1) {
      term /= this.#ratio(k - 1) * weight;
      sum += term;
    }
    return sum;
  }
}
