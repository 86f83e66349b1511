/**
 * Is the canary worse than the stable version on the same traffic? A test that may be looked at
 * every second, for as long as one likes, and is wrong about a healthy canary in at most alpha of
 * all rollouts.
 *
 * In each stratum, a bucket of time under one weight, chance gave every request to the canary with
 * the same probability, so the requests of both tracks met the same world. Given how many of them
 * failed in all, e, a canary that is no worse has K ~ Hypergeometric of them; one whose odds of
 * failing are w times as high has Fisher's noncentral distribution. The likelihood ratio of what
 * was seen, with k over the support of K, is
 *
 *   LR(w) = w^e_c * sum_k C(n_c,k) C(n_s,e-k)  /  sum_k C(n_c,k) C(n_s,e-k) w^k
 *
 * Its expectation is 1 when the canary is no worse, whatever e is, so the product over strata is
 * a nonnegative martingale under ramps, changing base rates and outages of both tracks, and so is
 * its average over several w. By Ville's inequality it ever reaches 1/alpha with probability alpha
 * at most (anytime-valid inference for multinomial counts: Lindon and Malek 2022, arXiv 2205.14762).
 *
 * That is exact from bucket to bucket. Looks into a bucket that still runs have expectation 1 too,
 * but are no martingale among themselves; what they cost is measured (test/core/analysis/monte-carlo.test.ts)
 * and stays within what the average over w leaves unused.
 */

/** How many of each track's requests there were, and how many of them were bad. */
export interface TrackSample {
  readonly canary: number;
  readonly stable: number;
  readonly badCanary: number;
  readonly badStable: number;
}

/** How many times as high the odds may be; the test averages over them. */
export const oddsRatios = [1.5, 2, 3, 5, 10, 20, 50, 150] as const;

/** log LR(w), for each of {@link oddsRatios}. */
export type LogRatios = readonly number[];

/** What nothing says: every LR(w) is 1. */
export const noRatios: LogRatios = oddsRatios.map(() => 0);

/** What two disjoint sets of requests say together. */
export function addRatios(left: LogRatios, right: LogRatios): LogRatios {
  return left.map((value, index) => value + (right[index] ?? 0));
}

/**
 * The natural logarithm of the evidence that the canary is worse (of the e-value): the average of
 * LR(w) over w. 0 is no evidence; `Math.log(1 / alpha)` is enough to act.
 */
export function logEvidence(ratios: LogRatios): number {
  const largest = Math.max(...ratios);
  const sum = ratios.reduce((total, value) => total + Math.exp(value - largest), 0);
  return largest + Math.log(sum / ratios.length);
}

/**
 * log LR(w) of one bucket for each of {@link oddsRatios}. Accurate to about 1e-11: terms follow
 * from one another by exact ratios, so that no factorial is ever formed.
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
 * log sum_k C(n_c,k) C(n_s,e-k) w^k, up to a constant that is the same for every w. It must be
 * asked in ascending order of w, for it walks from the largest term of one sum to that of the next.
 */
class NoncentralSums {
  readonly #canary: number;
  readonly #bad: number;
  /** n_s - e: by it the ratio of neighbouring terms needs no n_s. */
  readonly #spare: number;
  readonly #last: number;
  readonly #first: number;
  #mode: number;
  /** log of the term at the mode with w = 1, relative to the first mode's. */
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

  /** The term at k + 1 over the term at k, with w = 1. */
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

  /** The sum with the mode's term as 1. Terms fall off to both sides, faster and faster. */
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
