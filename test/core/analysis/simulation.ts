import type { HarmMetric } from '../../../runtime/contract/traffic-fields.ts';
import { defaultTrialSettings } from '../../../runtime/core/analysis/advance-trial.ts';
import { latencyBin } from '../../../runtime/core/analysis/latency-bins.ts';
import { noCounts, type TrackCounts } from '../../../runtime/core/analysis/traffic-counts.ts';
import {
  addToStatistics,
  emptyStatistics,
  type Comparison,
  type TrialStatistics,
  type WeightedBucket,
} from '../../../runtime/core/analysis/trial-statistics.ts';
import {
  decideVerdict,
  defaultVerdictSettings,
  type Verdict,
} from '../../../runtime/core/analysis/verdict.ts';
import { binomial } from './binomial.ts';

/** Probabilities for a request on one track, 0 to 1 each. */
export interface Chances {
  readonly failure: number;
  readonly slow: number;
  readonly rejection?: number;
}

/** Conditions of a rollout, by the second. */
export interface World {
  readonly requestsPerSecond: (second: number) => number;
  /** The canary's share, percent. */
  readonly weight: (second: number) => number;
  readonly stable: (second: number) => Chances;
  /** @param answered - requests that the canary had answered before. */
  readonly canary: (second: number, answered: number) => Chances;
  /** Default 30 minutes. */
  readonly seconds?: number;
  /** Start of what is looked for. Requests and seconds count from then. Default 0. */
  readonly fromSecond?: number;
}

export interface Found {
  readonly metric: HarmMetric | 'safety';
  /** Canary requests and seconds until then, from the start of what was looked for. */
  readonly canaryRequests: number;
  readonly seconds: number;
}

const bucketSeconds = 10;
const slowAboveMs = 100;
const latencyTolerance = defaultTrialSettings.latencyTolerance;
const fastBin = latencyBin(10);
const slowBin = latencyBin(1_000);

/** Terms of the comparison with the defaults of production; a request above 100 ms is slow. */
export const comparison: Comparison = {
  ...defaultTrialSettings,
  slowAboveMs: { stable: slowAboveMs, canary: slowAboveMs * latencyTolerance },
  safetyFromMs: 0,
  references: {
    errors: { requests: 0, bad: 0 },
    latency: { requests: 0, bad: 0 },
    rejections: { requests: 0, bad: 0 },
  },
};

/** Verdict on these statistics, with the defaults of production. */
export function verdictOf(statistics: TrialStatistics): Verdict {
  const settings = defaultVerdictSettings;
  return decideVerdict({ statistics, comparison, hardFailures: [], settings });
}

/** Runs one rollout, judged every second as by the judge, until it is harmful or `safe` is wanted. */
export function runRollout(
  world: World,
  chance: () => number,
  until: 'harmful' | 'safe' = 'harmful',
): Found | undefined {
  const { seconds = 1_800, fromSecond = 0 } = world;
  const rollout = new Rollout();
  let due = 0;
  let canaryBefore = 0;
  for (let second = 0; second < seconds; second += 1) {
    if (second === fromSecond) canaryBefore = rollout.canaryRequests;
    rollout.startSecond(second, world.weight(second));
    due += world.requestsPerSecond(second);
    const requests = Math.floor(due);
    due -= requests;
    if (requests > 0) rollout.serve(world, second, requests, chance);
    if (!rollout.isWorthALook(until)) continue;
    const { kind, evidence } = rollout.verdict();
    if (kind !== until || second < fromSecond) {
      if (kind === 'harmful')
        return found(evidence.rule, rollout, canaryBefore, second - fromSecond);
      continue;
    }
    return found(evidence.rule, rollout, canaryBefore, second - fromSecond);
  }
  return undefined;
}

function found(
  rule: Verdict['evidence']['rule'],
  rollout: Rollout,
  canaryBefore: number,
  seconds: number,
): Found {
  const metric = ruleMetrics[rule as keyof typeof ruleMetrics];
  return { metric, canaryRequests: rollout.canaryRequests - canaryBefore, seconds };
}

const ruleMetrics = {
  errors: 'errors',
  latency: 'latency',
  rejections: 'rejections',
  safety: 'safety',
} as const;

interface Sums {
  requests: number;
  failures: number;
  slow: number;
  rejections: number;
}

/** Statistics of a rollout as the judge has them: whole buckets, and the one that still grows. */
class Rollout {
  #statistics = emptyStatistics;
  #startMs = 0;
  #weight = 0;
  #stable = noSums();
  #canary = noSums();
  #hasNewHarm = false;
  #isNewBucket = false;
  canaryRequests = 0;

  startSecond(second: number, weight: number): void {
    const starts = second % bucketSeconds === 0;
    if (starts || weight !== this.#weight) this.#close();
    if (starts) this.#startMs = second * 1_000;
    this.#weight = weight;
    this.#isNewBucket = starts;
  }

  serve(world: World, second: number, requests: number, chance: () => number): void {
    const canary = binomial(requests, world.weight(second) / 100, chance);
    const ofCanary = world.canary(second, this.canaryRequests);
    this.canaryRequests += canary;
    this.#hasNewHarm = add(this.#canary, canary, ofCanary, chance);
    add(this.#stable, requests - canary, world.stable(second), chance);
  }

  /** Evidence of harm grows with bad canary requests only, and safety slowly. */
  isWorthALook(until: 'harmful' | 'safe'): boolean {
    const isWorth = this.#hasNewHarm || (until === 'safe' && this.#isNewBucket);
    this.#hasNewHarm = false;
    return isWorth;
  }

  verdict(): Verdict {
    return verdictOf(addToStatistics(this.#statistics, [this.#bucket()], comparison));
  }

  #close(): void {
    if (this.#stable.requests + this.#canary.requests === 0) return;
    this.#statistics = addToStatistics(this.#statistics, [this.#bucket()], comparison);
    this.#stable = noSums();
    this.#canary = noSums();
  }

  #bucket(): WeightedBucket {
    const [startMs, weight] = [this.#startMs, this.#weight];
    return { startMs, weight, stable: countsOf(this.#stable), canary: countsOf(this.#canary) };
  }
}

function noSums(): Sums {
  return { requests: 0, failures: 0, slow: 0, rejections: 0 };
}

/** Returns true if one of the requests was bad. */
function add(sums: Sums, requests: number, chances: Chances, chance: () => number): boolean {
  const failures = binomial(requests, chances.failure, chance);
  const slow = binomial(requests, chances.slow, chance);
  const rejections = binomial(requests, chances.rejection ?? 0, chance);
  sums.requests += requests;
  sums.failures += failures;
  sums.slow += slow;
  sums.rejections += rejections;
  return failures + slow + rejections > 0;
}

function countsOf({ requests, failures, slow, rejections }: Sums): TrackCounts {
  const latency = new Map([
    [fastBin, requests - slow],
    [slowBin, slow],
  ]);
  return { ...noCounts, requests, failures, rejections, latency };
}
