import { tracks, type Track } from './names.ts';

/** Length of one traffic bucket, milliseconds. A bucket's key carries its start. */
export const trafficBucketMs = 10_000;

/** How long a bucket is kept, seconds. */
export const trafficTtlSeconds = 7_200;

/** Requests that the split did not give to their track: a tester's, and retries. */
export const excluded = 'unsplit' as const;

/**
 * What gave a request to its track: a split with this chance of a canary, percent, as it was when
 * the request was routed (0 while no canary could be had), or something else than the split.
 */
export type SplitWeight = number | typeof excluded;

/** Fields of a bucket's hash. */
export const trafficField = {
  requests: (weight: SplitWeight, track: Track) => `${weight}:${track}:requests`,
  failures: (weight: SplitWeight, track: Track) => `${weight}:${track}:failures`,
  /** Requests whose latency fell into `bin`. */
  latency: (weight: SplitWeight, track: Track, bin: number) => `${weight}:${track}:latency:${bin}`,
  /** The number of the last batch that this writer added. */
  batch: (writer: string) => `batch:${writer}`,
} as const;

/** What a field of a bucket's hash counts. */
export interface CountField {
  readonly weight: SplitWeight;
  readonly track: Track;
  /** A number is a bin of the latency. */
  readonly count: 'requests' | 'failures' | number;
}

const countField = new RegExp(
  `^(${excluded}|[0-9.]+):(${tracks.join('|')}):(?:(requests|failures)|latency:([0-9]+))$`,
);

/** Undefined for a field that counts no requests. */
export function parseCountField(field: string): CountField | undefined {
  const [, label, name, kind, bin] = countField.exec(field) ?? [];
  const track = tracks.find((one) => one === name);
  if (label === undefined || track === undefined) return undefined;
  const weight = label === excluded ? excluded : Number(label);
  const count = kind === 'requests' || kind === 'failures' ? kind : Number(bin);
  return { weight, track, count };
}
