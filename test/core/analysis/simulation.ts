import { defaultVerdictSettings } from '../../../runtime/core/analysis/verdict.ts';
import {
  addRatios,
  logEvidence,
  logLikelihoodRatios,
  noRatios,
  oddsRatios,
  type TrackSample,
  type LogRatios,
} from '../../../runtime/core/analysis/harm-test.ts';
import { binomial } from './binomial.ts';

/** Probabilities of a bad request on one track, 0 to 1 each. */
export interface Chances {
  readonly failure: number;
  readonly slow: number;
}

/** Conditions of a rollout, by the second. */
export interface World {
  readonly requestsPerSecond: (second: number) => number;
  /** The canary's share, percent. */
  readonly weight: (second: number) => number;
  readonly stable: (second: number) => Chances;
  readonly canary: (second: number) => Chances;
}

export interface Harm {
  readonly metric: 'errors' | 'latency';
  /** Requests that the canary had answered by then. */
  readonly canaryRequests: number;
}

const rolloutSeconds = 30 * 60;
const bucketSeconds = 10;
/** Alpha is split over errors and latency. */
const harmfulFrom = Math.log(2 / defaultVerdictSettings.alpha);

/**
 * Runs one rollout of at most 30 minutes, judged by both metrics every second as by the judge.
 * @param pooled - counts a bucket as one stratum even if the weight changes, unlike the judge.
 * @returns undefined if the canary was never harmful.
 */
export function firstHarm(world: World, chance: () => number, pooled = false): Harm | undefined {
  const errors = new RunningEvidence();
  const latency = new RunningEvidence();
  let canaryRequests = 0;
  let due = 0;
  for (let second = 0; second < rolloutSeconds; second += 1) {
    const weight = world.weight(second);
    const steps = second > 0 && weight !== world.weight(second - 1);
    if (second % bucketSeconds === 0 || (steps && !pooled)) {
      errors.close();
      latency.close();
    }
    due += world.requestsPerSecond(second);
    const requests = Math.floor(due);
    if (requests === 0) continue;
    due -= requests;
    const canary = binomial(requests, weight / 100, chance);
    const stable = requests - canary;
    canaryRequests += canary;
    const ofCanary = world.canary(second);
    const ofStable = world.stable(second);
    errors.add(
      canary,
      stable,
      binomial(canary, ofCanary.failure, chance),
      binomial(stable, ofStable.failure, chance),
    );
    latency.add(
      canary,
      stable,
      binomial(canary, ofCanary.slow, chance),
      binomial(stable, ofStable.slow, chance),
    );
    if (errors.reaches(harmfulFrom)) return { metric: 'errors', canaryRequests };
    if (latency.reaches(harmfulFrom)) return { metric: 'latency', canaryRequests };
  }
  return undefined;
}

/** Logarithm of the evidence of whole strata. */
export function logEvidenceOf(strata: readonly TrackSample[]): number {
  return logEvidence(
    strata.reduce((sum, stratum) => addRatios(sum, logLikelihoodRatios(stratum)), noRatios),
  );
}

const logOdds = oddsRatios.map((ratio) => Math.log(ratio));

/** Evidence of strata one after the other, the last of which still grows. */
export class RunningEvidence {
  #closed: LogRatios = noRatios;
  #counts = noCounts();

  add(canary: number, stable: number, badCanary: number, badStable: number): void {
    const counts = this.#counts;
    counts.canary += canary;
    counts.stable += stable;
    counts.badCanary += badCanary;
    counts.badStable += badStable;
  }

  /** Ends the stratum. */
  close(): void {
    const { badCanary, badStable } = this.#counts;
    if (badCanary + badStable > 0) this.#closed = this.#ratios();
    this.#counts = noCounts();
  }

  get value(): number {
    return logEvidence(this.#ratios());
  }

  reaches(bound: number): boolean {
    return this.#mayReach(bound) && this.value >= bound;
  }

  /**
   * True if the evidence is worth calculating. LR(w) is 1 over the mean of w^(k - e_c) over the k that a
   * healthy canary may have, so at most w^(e_c - mean of k) (Jensen's inequality).
   */
  #mayReach(bound: number): boolean {
    const { canary, stable, badCanary, badStable } = this.#counts;
    const requests = Math.max(1, canary + stable);
    const surplus = badCanary - ((badCanary + badStable) * canary) / requests;
    return this.#closed.some((closed, index) => closed + surplus * (logOdds[index] ?? 0) >= bound);
  }

  #ratios(): LogRatios {
    return addRatios(this.#closed, logLikelihoodRatios(this.#counts));
  }
}

type Counting = { -readonly [Count in keyof TrackSample]: TrackSample[Count] };

function noCounts(): Counting {
  return { canary: 0, stable: 0, badCanary: 0, badStable: 0 };
}
