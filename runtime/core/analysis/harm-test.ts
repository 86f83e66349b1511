/**
 * Test whether the canary is worse than the stable version on the same traffic. It may be read
 * every second, for any length of time, and is wrong about a healthy canary in at most alpha of all
 * rollouts.
 *
 * In each stratum (a bucket of time under one weight) chance gave every request to the canary with
 * the same probability, so both tracks met the same conditions. Let e be the number of failed
 * requests of both tracks. Of these, a canary that is no worse has K ~ Hypergeometric, and one whose
 * odds of failing are w times as high has Fisher's noncentral distribution. The likelihood ratio of
 * the observed counts, with k over the support of K, is
 *
 *   LR(w) = w^e_c * sum_k C(n_c,k) C(n_s,e-k)  /  sum_k C(n_c,k) C(n_s,e-k) w^k
 *
 * Its expectation is 1 when the canary is no worse, whatever e is, so the product over strata is
 * a nonnegative martingale under ramps, changing base rates and outages of both tracks, and so is
 * its average over several w. By Ville's inequality it reaches 1/alpha at any time with probability
 * at most alpha (anytime-valid inference for multinomial counts: Lindon and Malek 2022, arXiv
 * 2205.14762).
 *
 * This is exact from bucket to bucket. Values within a running bucket have expectation 1 too, but
 * are not a martingale among themselves. Their cost is measured
 * (test/core/analysis/monte-carlo.test.ts), and stays within what the average over w leaves unused.
 */

/** Requests of each track, and the bad ones among them (failed, or slow). */
export interface TrackSample {
  readonly canary: number;
  readonly stable: number;
  readonly badCanary: number;
  readonly badStable: number;
}

/** Values of w, the ratio of the canary's odds to those of stable. The test averages over them. */
export const oddsRatios = [1.5, 2, 3, 5, 10, 20, 50, 150] as const;

/** log LR(w), for each of {@link oddsRatios}. */
export type LogRatios = readonly number[];

/** Ratios of no data: every LR(w) is 1. */
export const noRatios: LogRatios = oddsRatios.map(() => 0);

/** Ratios of two disjoint sets of requests together. */
export function addRatios(left: LogRatios, right: LogRatios): LogRatios {
  return left.map((value, index) => value + (right[index] ?? 0));
}

/**
 * Natural logarithm of the e-value, the evidence that the canary is worse: the average of LR(w) over
 * w. 0 is no evidence; `Math.log(1 / alpha)` is enough to act.
 */
export function logEvidence(ratios: LogRatios): number {
  const largest = Math.max(...ratios);
  const sum = ratios.reduce((total, value) => total + Math.exp(value - largest), 0);
  return largest + Math.log(sum / ratios.length);
}

/**
 * log LR(w) of one bucket, for each of {@link oddsRatios}. Accurate to about 1e-11: each term is
 * computed from its neighbour by an exact ratio, so that no factorial is needed.
 */
export function logLikelihoodRatios(bucket: TrackSample): LogRatios {
  const { canary, stable, badCanary, badStable } = bucket;
  const bad = badCanary + badStable;
  if (bad === 0 || canary === 0 || stable === 0) return noRatios;
  const sums = new NoncentralSums(canary, stable, bad);
  const none = sums.logSum(1);
  return oddsRatios.map((ratio) => badCanary * Math.log(ratio) - (sums.logSum(ratio) - none));
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
