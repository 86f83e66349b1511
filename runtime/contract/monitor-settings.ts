/**
 * Settings of monitors that stacks have too, each once: a monitor and the program that configures it
 * refuse the same values. The key names the unit; `…Rate` is a share from 0 to 1.
 */
import type { NumberSetting } from './number-setting.ts';

/** Numbers of the section `judge`, by key. */
export const judgeNumbers = {
  /** Probability of ejecting a healthy canary, over all metrics. */
  alpha: { default: 0.05, above: 0, below: 1 },
  /** Failure rate that is fine. */
  goodRate: { default: 0.002, above: 0, below: 1 },
  /** Lowest failure rate that must not be called safe. */
  badRate: { default: 0.02, above: 0, below: 1 },
  /** Probability of calling a canary with the bad rate safe. */
  beta: { default: 0.05, above: 0, below: 1 },
  /** A request that takes no longer is never slow. */
  neverSlowMs: { default: 50, least: 0 },
  /** Ratio of the canary's odds of failing to those of stable that still counts as no harm. */
  errorTolerance: { default: 1.2, least: 1 },
  /** Ratio of the canary's latency to that of stable that still counts as no harm. */
  latencyTolerance: { default: 1.1, least: 1 },
  /** Like `errorTolerance`, for answers of 4xx. */
  rejectionTolerance: { default: 2, least: 1 },
  /** Percentage points: a smaller rise of the share of failed or slow requests is no harm. */
  leastIncrease: { default: 0.1, least: 0, most: 100 },
  /** Time after a member's first request in which its latencies do not count. */
  warmUpSeconds: { default: 30, least: 0, most: 3_600, whole: true },
  /** Number of first answers, for each canary member, that are no harm although all were slow. */
  warmUpRequests: { default: 20, least: 0, whole: true },
  /** Fewest canary requests of a step on which the verdict `safe` may rest. */
  safeRequests: { default: 50, least: 1, whole: true },
  /** Ratio of the odds of failing from which on a canary must not be called safe. */
  safeOddsRatio: { default: 3, above: 1 },
  /** Time without a judge after which a proxy gives the canary's share to stable. */
  unjudgedAfterSeconds: { default: 60, least: 1, most: 86_400, whole: true },
  /** Restarts that count as crashing. */
  restarts: { default: 3, least: 1, whole: true },
  /** Time of failed health checks that counts as unhealthy. */
  unhealthySeconds: { default: 5, least: 0 },
} as const satisfies Readonly<Record<string, NumberSetting>>;

/** Numbers of the section `memory`, by key. */
export const memoryNumbers = {
  /** Memory that a host keeps free. */
  reserveMiB: { default: 256, least: 0 },
  /** Shortest time between two raises of a container's limit. */
  pauseSeconds: { default: 30, least: 0 },
} as const satisfies Readonly<Record<string, NumberSetting>>;

/** Time between two alerts of an open incident. */
export const reAlertMinutes = { default: 15, above: 0 } as const satisfies NumberSetting;

/** The one rule over two numbers: otherwise more failures would be safer. */
export const ratesRule = 'must be below badRate';

/** True if {@link ratesRule} holds. Rates that are not given have their defaults. */
export function ratesAreOrdered({
  goodRate = judgeNumbers.goodRate.default,
  badRate = judgeNumbers.badRate.default,
}: {
  readonly goodRate?: number | undefined;
  readonly badRate?: number | undefined;
}): boolean {
  return goodRate < badRate;
}
