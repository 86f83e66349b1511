import type { Track } from './names.ts';

/** Length of one traffic bucket, milliseconds. A bucket's key carries its start. */
export const trafficBucketMs = 10_000;

/** How long a bucket is kept, seconds: a rollout's statistics look back at most this far. */
export const trafficTtlSeconds = 7_200;

/** Fields of a bucket's hash. */
export const trafficField = {
  requests: (track: Track) => `${track}:requests`,
  failures: (track: Track) => `${track}:failures`,
  /** Requests whose latency fell into `bin`. */
  latency: (track: Track, bin: number) => `${track}:latency:${bin}`,
  /** The number of the last batch that this writer added. */
  batch: (writer: string) => `batch:${writer}`,
} as const;
