import type { Redis } from 'ioredis';
import { tracks } from '../../contract/names.ts';
import { redisKeys } from '../../contract/redis-keys.ts';
import {
  clientCountNames,
  countNames,
  excluded,
  harmMetrics,
  histogramNames,
  parseCountField,
  splitText,
  trafficBucketMs,
  trafficField,
  trafficTtlSeconds,
  type CountName,
} from '../../contract/traffic-fields.ts';
import {
  openStratum,
  type OpenCounts,
  type OpenStratum,
  type TrackCounts,
  type TrafficBucket,
  type TrafficStratum,
} from '../../core/analysis/traffic-counts.ts';
import { redisFailure } from '../redis/redis-failure.ts';
import { runScript } from '../redis/run-script.ts';

/** Number of one addition to a bucket, so that the store applies it once. */
export interface Batch {
  /** Unique per process. */
  readonly writer: string;
  /** Increases with each batch of the writer. */
  readonly sequence: number;
}

/**
 * Adds a batch unless it, or a later one of its writer, has been added.
 * KEYS: the bucket. ARGV: batch field, sequence, TTL in seconds, then field, count, field, count.
 */
const addBatch = `
if tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '-1') >= tonumber(ARGV[2]) then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
for index = 4, #ARGV, 2 do
  redis.call('HINCRBY', KEYS[1], ARGV[index], ARGV[index + 1])
end
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
`;

/** Traffic counts per 10 s bucket, stratum and track, summed over all proxies. */
export class TrafficStore {
  readonly #redis: Redis;
  readonly #service: string;

  constructor(redis: Redis, service: string) {
    this.#redis = redis;
    this.#service = service;
  }

  /**
   * Adds counts to the bucket that starts at `bucketStartMs`. The same batch may be sent again
   * after an error: it counts once.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async add(bucketStartMs: number, strata: readonly TrafficStratum[], batch: Batch): Promise<void> {
    const fields = strata.flatMap(countFields);
    try {
      await runScript(this.#redis, addBatch, {
        keys: [redisKeys(this.#service).traffic(bucketStartMs)],
        args: [trafficField.batch(batch.writer), batch.sequence, trafficTtlSeconds, ...fields],
      });
    } catch (error) {
      throw redisFailure('add traffic counts', error);
    }
  }

  /**
   * Reads the strata of the buckets that start in [fromMs, toMs), by start and weight. Strata
   * without requests are absent.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async read(fromMs: number, toMs: number): Promise<TrafficBucket[]> {
    const starts: number[] = [];
    const first = Math.ceil(fromMs / trafficBucketMs) * trafficBucketMs;
    for (let start = first; start < toMs; start += trafficBucketMs) starts.push(start);
    try {
      const { traffic } = redisKeys(this.#service);
      const hashes = await Promise.all(
        starts.map(async (startMs) =>
          strataOf(startMs, await this.#redis.hgetall(traffic(startMs))),
        ),
      );
      return hashes.flat();
    } catch (error) {
      throw redisFailure('read traffic counts', error);
    }
  }
}

function countFields(stratum: TrafficStratum): (string | number)[] {
  const fields = tracks.flatMap((track) =>
    namedCounts(stratum[track]).map(
      ([name, count]) => [trafficField.count(stratum, track, name), count] as const,
    ),
  );
  return fields.filter(([, count]) => count !== 0).flat();
}

function namedCounts(counts: TrackCounts): (readonly [CountName, number])[] {
  return [
    ...countNames.map((name) => [{ kind: 'count', name }, counts[name]] as const),
    ...histogramNames.flatMap((name) =>
      [...counts[name]].map(([bin, count]) => [{ kind: 'histogram', name, bin }, count] as const),
    ),
    ...harmMetrics.flatMap((metric) =>
      clientCountNames.map(
        (name) => [{ kind: 'clients', metric, name }, counts.clients[metric][name]] as const,
      ),
    ),
  ];
}

function strataOf(startMs: number, hash: Record<string, string>): TrafficBucket[] {
  const strata = new Map<string, OpenStratum>();
  for (const [field, value] of Object.entries(hash)) {
    const parsed = parseCountField(field);
    if (parsed === undefined) continue;
    const { split, track, count } = parsed;
    const label = splitText(split);
    const stratum = strata.get(label) ?? openStratum(split);
    strata.set(label, stratum);
    setCount(stratum[track], count, Number(value));
  }
  const sorted = [...strata.values()].sort((a, b) => rank(a) - rank(b));
  return sorted.map((stratum) => ({ startMs, ...stratum }));
}

function setCount(counts: OpenCounts, name: CountName, value: number): void {
  switch (name.kind) {
    case 'count':
      counts[name.name] = value;
      return;
    case 'histogram':
      counts[name.name].set(name.bin, value);
      return;
    case 'clients':
      counts.clients[name.metric][name.name] = value;
  }
}

function rank({ weight }: TrafficStratum): number {
  return weight === excluded ? Number.POSITIVE_INFINITY : weight;
}
