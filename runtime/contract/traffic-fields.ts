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

/** Way in which requests reached their tracks: the split of one rollout under one weight. */
export interface Split {
  readonly weight: SplitWeight;
  /** Undefined in counts of release 0.1, which did not separate rollouts. */
  readonly rolloutId?: string | undefined;
  /** Key of the canary's versions, because they may change within a rollout; absent as above. */
  readonly canaryKey?: string | undefined;
}

/** Text of a split in field names: `10@rollout-7~k3f`, or `10` without a rollout. */
export function splitText({ weight, rolloutId, canaryKey }: Split): string {
  if (rolloutId === undefined) return `${weight}`;
  const rollout = `${weight}@${rolloutId}`;
  return canaryKey === undefined ? rollout : `${rollout}~${canaryKey}`;
}

/** Metrics by which the judge compares the tracks: failed, slow and rejected requests. */
export const harmMetrics = ['errors', 'latency', 'rejections'] as const;
export type HarmMetric = (typeof harmMetrics)[number];

/** Counts of attempts. */
export const countNames = ['requests', 'failures', 'rejections'] as const;
/** Histograms of milliseconds, by latency bin. */
export const histogramNames = ['latency', 'cold', 'abandoned'] as const;
/** Counts of clients, for each metric: those at risk, and those that were hit for the first time. */
export const clientCountNames = ['atRisk', 'hit'] as const;

/** One count of a track. */
export type CountName =
  | { readonly kind: 'count'; readonly name: (typeof countNames)[number] }
  | {
      readonly kind: 'histogram';
      readonly name: (typeof histogramNames)[number];
      readonly bin: number;
    }
  | {
      readonly kind: 'clients';
      readonly metric: HarmMetric;
      readonly name: (typeof clientCountNames)[number];
    };

/** Field names of a bucket's hash. */
export const trafficField = {
  count: (split: Split, track: Track, name: CountName) =>
    `${splitText(split)}:${track}:${nameText(name)}`,
  /** Number of the last batch that this writer added. */
  batch: (writer: string) => `batch:${writer}`,
} as const;

function nameText(name: CountName): string {
  switch (name.kind) {
    case 'count':
      return name.name;
    case 'histogram':
      return `${name.name}:${name.bin}`;
    case 'clients':
      return `clients:${name.metric}:${name.name}`;
  }
}

/** Parsed field of a bucket's hash. */
export interface CountField {
  readonly split: Split;
  readonly track: Track;
  readonly count: CountName;
}

const countField = new RegExp(
  `^(${excluded}|[0-9.]+)(?:@([^:~]+)(?:~([^:]+))?)?:(${tracks.join('|')}):(?:` +
    `(?<count>${countNames.join('|')})|` +
    `(?<histogram>${histogramNames.join('|')}):(?<bin>[0-9]+)|` +
    `clients:(?<metric>${harmMetrics.join('|')}):(?<clients>${clientCountNames.join('|')}))$`,
);

/** Parses a field's name; undefined for a field that counts nothing. */
export function parseCountField(field: string): CountField | undefined {
  const match = countField.exec(field);
  const [, label, rolloutId, canaryKey, trackName] = match ?? [];
  const track = tracks.find((one) => one === trackName);
  const count = countNameOf(match?.groups);
  if (label === undefined || track === undefined || count === undefined) return undefined;
  const weight = label === excluded ? excluded : Number(label);
  return { split: { weight, rolloutId, canaryKey }, track, count };
}

function countNameOf(groups: Record<string, string | undefined> = {}): CountName | undefined {
  const name = countNames.find((one) => one === groups['count']);
  if (name !== undefined) return { kind: 'count', name };
  const histogram = histogramNames.find((one) => one === groups['histogram']);
  if (histogram !== undefined) {
    return { kind: 'histogram', name: histogram, bin: Number(groups['bin']) };
  }
  const metric = harmMetrics.find((one) => one === groups['metric']);
  const clients = clientCountNames.find((one) => one === groups['clients']);
  if (metric === undefined || clients === undefined) return undefined;
  return { kind: 'clients', metric, name: clients };
}
