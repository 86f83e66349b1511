import { tracks, type Track } from './names.ts';

/** Length of one traffic bucket, milliseconds. A bucket's key contains its start. */
export const trafficBucketMs = 10_000;

/** Time to live of a bucket, seconds. */
export const trafficTtlSeconds = 7_200;

/** Stored label of requests that the split did not route: those of testers, and retries. */
export const excluded = 'unsplit' as const;

/**
 * The canary's weight, percent, in the split that routed a request (0 while no canary was
 * available), or {@link excluded} if the split did not route it.
 */
export type SplitWeight = number | typeof excluded;

/** Field names of a bucket's hash. */
export const trafficField = {
  requests: (weight: SplitWeight, track: Track) => `${weight}:${track}:requests`,
  failures: (weight: SplitWeight, track: Track) => `${weight}:${track}:failures`,
  /** Requests whose latency falls into `bin`. */
  latency: (weight: SplitWeight, track: Track, bin: number) => `${weight}:${track}:latency:${bin}`,
  /** Number of the last batch that this writer added. */
  batch: (writer: string) => `batch:${writer}`,
} as const;

/** Parsed field of a bucket's hash. */
export interface CountField {
  readonly weight: SplitWeight;
  readonly track: Track;
  /** A number is a latency bin. */
  readonly count: 'requests' | 'failures' | number;
}

const countField = new RegExp(
  `^(${excluded}|[0-9.]+):(${tracks.join('|')}):(?:(requests|failures)|latency:([0-9]+))$`,
);

/** Parses a field's name; undefined for a field that counts no requests. */
export function parseCountField(field: string): CountField | undefined {
  const [, label, name, kind, bin] = countField.exec(field) ?? [];
  const track = tracks.find((one) => one === name);
  if (label === undefined || track === undefined) return undefined;
  const weight = label === excluded ? excluded : Number(label);
  const count = kind === 'requests' || kind === 'failures' ? kind : Number(bin);
  return { weight, track, count };
}
