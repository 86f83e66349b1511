import { sumCounts, type TrackCounts } from '../../../runtime/core/analysis/traffic-counts.ts';
import type { Look, Rule, RuleAnswer } from '../../../test/core/analysis/simulation.ts';

/** Counts of both tracks in one interval of a metrics system. */
export interface Interval {
  readonly canary: TrackCounts;
  readonly stable: TrackCounts;
}

/** Answer of a rule that has seen enough: the canary gets all of the traffic. */
export const promoted: RuleAnswer = { kind: 'safe', metric: 'safety' };

const nothing: Interval = { canary: sumCounts([]), stable: sumCounts([]) };

/** A rule that sees the traffic in intervals, each as soon as it is over. */
export class IntervalRule implements Rule {
  readonly #seconds: number;
  readonly #judge: (interval: Interval) => RuleAnswer | undefined;
  #buckets: Interval[] = [];
  #endSeconds: number;

  /**
   * @param seconds - length of an interval, a whole number of buckets.
   * @param judge - called with each interval, those without traffic included.
   */
  constructor(seconds: number, judge: (interval: Interval) => RuleAnswer | undefined) {
    this.#seconds = seconds;
    this.#judge = judge;
    this.#endSeconds = seconds;
  }

  look({ atSeconds, bucket, isEnd }: Look): RuleAnswer | undefined {
    while (atSeconds > this.#endSeconds) {
      const answer = this.#end();
      if (answer !== undefined) return answer;
    }
    if (isEnd) {
      const { canary, stable } = bucket;
      this.#buckets.push({ canary: sumCounts([canary]), stable: sumCounts([stable]) });
    }
    return isEnd && atSeconds === this.#endSeconds ? this.#end() : undefined;
  }

  #end(): RuleAnswer | undefined {
    const buckets = this.#buckets;
    this.#buckets = [];
    this.#endSeconds += this.#seconds;
    if (buckets.length === 0) return this.#judge(nothing);
    const canary = sumCounts(buckets.map((one) => one.canary));
    const stable = sumCounts(buckets.map((one) => one.stable));
    return this.#judge({ canary, stable });
  }
}

/**
 * Share of requests that did not end with a 5xx answer, 0 to 1; undefined without requests. What a
 * client gave up has no such answer.
 */
export function successShare(counts: TrackCounts): number | undefined {
  const { requests, failures, abandoned } = counts;
  const all = requests + [...abandoned.values()].reduce((sum, count) => sum + count, 0);
  return all === 0 ? undefined : 1 - failures / all;
}

/** Histogram of all durations; those of requests that clients gave up are their waits. */
export function durations(counts: TrackCounts): ReadonlyMap<number, number> {
  const all = new Map<number, number>();
  for (const bins of [counts.latency, counts.cold, counts.abandoned]) {
    for (const [bin, count] of bins) all.set(bin, (all.get(bin) ?? 0) + count);
  }
  return all;
}
