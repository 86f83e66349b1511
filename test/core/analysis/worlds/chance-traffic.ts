import { latencyBin } from '../../../../runtime/core/analysis/latency-bins.ts';
import type { OpenCounts } from '../../../../runtime/core/analysis/traffic-counts.ts';
import { binomial } from '../binomial.ts';
import type { Traffic } from '../simulation.ts';
import { addTo, type LatencyModel } from './latency-model.ts';

/** Probabilities for a request on one track, 0 to 1 each. */
export interface Chances {
  readonly failure: number;
  /** Probability of a latency of 200 ms instead of 10 ms. */
  readonly slow: number;
  readonly rejection?: number;
  /** Instead of `slow`. */
  readonly latency?: LatencyModel;
  /** Probability that the client gives up, after 10 s. Default 0. */
  readonly hang?: number;
}

/** Independent requests. */
export interface Conditions {
  readonly requestsPerSecond: (second: number) => number;
  readonly weight: (second: number) => number;
  readonly stable: (second: number) => Chances;
  readonly canary: (second: number) => Chances;
  /** Canary requests that are slow before the first fast one. Default 0. */
  readonly slowFirst?: number;
  /** True if the canary has been warm for long. */
  readonly isWarm?: boolean;
  readonly fromSecond?: number;
}

export const fastBin = latencyBin(10);
export const slowBin = latencyBin(200);
const hangBin = latencyBin(10_000);
/** Time until a client gives up, seconds. */
const patienceSeconds = 10;
/** Time from a member's first request in which the proxy counts its latencies apart. */
const warmUpSeconds = 30;

/** Traffic of independent requests, each of which chance sends to a track. */
export function chanceTraffic(conditions: Conditions, chance: () => number): Traffic {
  const { requestsPerSecond, weight, stable, canary, slowFirst = 0 } = conditions;
  let due = chance();
  let answered = 0;
  let warmFrom = conditions.isWarm === true ? 0 : Number.POSITIVE_INFINITY;
  const hanging = { stable: new Map<number, number>(), canary: new Map<number, number>() };
  return {
    weight,
    ...(conditions.fromSecond !== undefined && { fromSecond: conditions.fromSecond }),
    serve(counts, second, seconds) {
      due += requestsPerSecond(second) * seconds;
      const requests = Math.floor(due);
      due -= requests;
      if (requests === 0 && hanging.canary.size + hanging.stable.size === 0) return;
      const ofCanary = binomial(requests, weight(second) / 100, chance);
      const canaryChances = canary(second);
      if (ofCanary > 0) warmFrom = Math.min(warmFrom, second + warmUpSeconds);
      const until = second + patienceSeconds;
      const answeredNow = leaving(ofCanary, canaryChances, hanging.canary, { until, chance });
      const stableNow = leaving(requests - ofCanary, stable(second), hanging.stable, {
        until,
        chance,
      });
      const isCold = second < warmFrom;
      const first = Math.min(answeredNow, Math.max(0, slowFirst - answered));
      answered += answeredNow;
      addRequests(counts.canary, first, { chances: { ...canaryChances, slow: 1 }, isCold, chance });
      addRequests(counts.canary, answeredNow - first, { chances: canaryChances, isCold, chance });
      addRequests(counts.stable, stableNow, { chances: stable(second), isCold: false, chance });
      for (const track of ['stable', 'canary'] as const) {
        const given = hanging[track].get(second) ?? 0;
        if (given > 0) addTo(counts[track].abandoned, hangBin, given);
      }
    },
  };
}

/** Keeps the requests that hang for the second at which they are given up; returns the others. */
function leaving(
  requests: number,
  { hang = 0 }: Chances,
  hanging: Map<number, number>,
  { until, chance }: { readonly until: number; readonly chance: () => number },
): number {
  if (hang === 0) return requests;
  const hung = binomial(requests, hang, chance);
  addTo(hanging, until, hung);
  return requests - hung;
}

function addRequests(
  counts: OpenCounts,
  requests: number,
  {
    chances,
    isCold,
    chance,
  }: { readonly chances: Chances; readonly isCold: boolean; readonly chance: () => number },
): void {
  if (requests === 0) return;
  counts.requests += requests;
  counts.failures += binomial(requests, chances.failure, chance);
  counts.rejections += binomial(requests, chances.rejection ?? 0, chance);
  const bins = isCold ? counts.cold : counts.latency;
  if (chances.latency !== undefined && chances.slow < 1) {
    chances.latency(bins, requests, chance);
    return;
  }
  const slow = binomial(requests, chances.slow, chance);
  if (slow < requests) addTo(bins, fastBin, requests - slow);
  if (slow > 0) addTo(bins, slowBin, slow);
}
