import type { Track } from '../../contract/names.ts';
import { harmMetrics, type HarmMetric, type Split } from '../../contract/traffic-fields.ts';

/** Clients of one track in one bucket, for one metric. */
export interface ClientCount {
  /** Clients seen in the bucket that this metric had not hit earlier in the rollout. */
  readonly atRisk: number;
  /** Those among them that it hit for the first time. */
  readonly hit: number;
}

/** Counts of one track, summed over the proxies. */
export interface TrackCounts {
  /** Attempts that members answered or failed. */
  readonly requests: number;
  /** 5xx answers, upstream faults, and answers that the application itself called failures. */
  readonly failures: number;
  /** 4xx answers. */
  readonly rejections: number;
  /** Latency bin -> requests of members past their warm-up; see latency-bins.ts. */
  readonly latency: ReadonlyMap<number, number>;
  /** Latency bin -> requests of members in their warm-up. */
  readonly cold: ReadonlyMap<number, number>;
  /** Bin of the wait -> attempts that the client gave up. They are not in `requests`. */
  readonly abandoned: ReadonlyMap<number, number>;
  /** Counted only under cookie affinity; zero otherwise. */
  readonly clients: Readonly<Record<HarmMetric, ClientCount>>;
}

/** Requests of a bucket that reached their tracks in the same way. */
export interface TrafficStratum extends Readonly<Record<Track, TrackCounts>>, Split {}

/** One stratum of one bucket. A bucket in which the weight changed has several. */
export interface TrafficBucket extends TrafficStratum {
  /** Start of the bucket, milliseconds since the epoch; it lasts `trafficBucketMs`. */
  readonly startMs: number;
}

export const noCounts: TrackCounts = openCounts();

/** Counts that grow. */
export interface OpenCounts extends TrackCounts {
  requests: number;
  failures: number;
  rejections: number;
  readonly latency: Map<number, number>;
  readonly cold: Map<number, number>;
  readonly abandoned: Map<number, number>;
  readonly clients: Readonly<Record<HarmMetric, { atRisk: number; hit: number }>>;
}

/** A stratum whose counts grow. */
export type OpenStratum = Split & Readonly<Record<Track, OpenCounts>>;

export function openStratum({ weight, rolloutId, canaryKey }: Split): OpenStratum {
  return { weight, rolloutId, canaryKey, stable: openCounts(), canary: openCounts() };
}

function openCounts(): OpenCounts {
  return {
    requests: 0,
    failures: 0,
    rejections: 0,
    latency: new Map(),
    cold: new Map(),
    abandoned: new Map(),
    clients: openClients(),
  };
}

/** Returns counts of clients that grow. */
export function openClients(): OpenCounts['clients'] {
  return { errors: noClients(), latency: noClients(), rejections: noClients() };
}

function noClients() {
  return { atRisk: 0, hit: 0 };
}

export function sumCounts(counts: readonly TrackCounts[]): TrackCounts {
  const sum = openCounts();
  for (const { requests, failures, rejections, latency, cold, abandoned, clients } of counts) {
    sum.requests += requests;
    sum.failures += failures;
    sum.rejections += rejections;
    addBins(sum.latency, latency);
    addBins(sum.cold, cold);
    addBins(sum.abandoned, abandoned);
    for (const metric of harmMetrics) {
      sum.clients[metric].atRisk += clients[metric].atRisk;
      sum.clients[metric].hit += clients[metric].hit;
    }
  }
  return sum;
}

/** Sum of two histograms: latency bin -> requests. */
export function addedBins(
  a: ReadonlyMap<number, number>,
  b: ReadonlyMap<number, number>,
): ReadonlyMap<number, number> {
  const sum = new Map(a);
  addBins(sum, b);
  return sum;
}

function addBins(sum: Map<number, number>, bins: ReadonlyMap<number, number>): void {
  for (const [bin, count] of bins) sum.set(bin, (sum.get(bin) ?? 0) + count);
}
