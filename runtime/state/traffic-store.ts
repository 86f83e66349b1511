import type { Redis } from 'ioredis';
import { tracks, type Track } from '../contract/names.ts';
import { redisKeys } from '../contract/redis-keys.ts';
import { trafficBucketMs, trafficField, trafficTtlSeconds } from '../contract/traffic-fields.ts';
import type { TrackCounts, TrafficBucket } from '../decide/traffic.ts';
import { redisFailure } from './redis-failure.ts';

/** Numbers a writer's additions to one bucket, so that each is applied once. */
export interface Batch {
  /** Unique per process. */
  readonly writer: string;
  /** Grows with each batch of the writer. */
  readonly sequence: number;
}

/**
 * Adds a batch unless it, or a later one of its writer, was added before.
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

/** Counts per 10 s bucket and track, to which several proxies add. */
export class TrafficStore {
  readonly #redis: Redis;
  readonly #service: string;

  constructor(redis: Redis, service: string) {
    this.#redis = redis;
    this.#service = service;
  }

  /**
   * Adds to the bucket that starts at `bucketStartMs`. After an error the same batch may be sent
   * again: it counts once.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async add(
    bucketStartMs: number,
    counts: Readonly<Record<Track, TrackCounts>>,
    batch: Batch,
  ): Promise<void> {
    const fields = tracks.flatMap((track) => countFields(track, counts[track]));
    try {
      await this.#redis.eval(
        addBatch,
        1,
        redisKeys(this.#service).traffic(bucketStartMs),
        trafficField.batch(batch.writer),
        batch.sequence,
        trafficTtlSeconds,
        ...fields,
      );
    } catch (error) {
      throw redisFailure('add traffic counts', error);
    }
  }

  /**
   * The buckets that start in [fromMs, toMs), oldest first. A bucket without traffic is there too,
   * with zero requests: that nothing was asked is known.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async read(fromMs: number, toMs: number): Promise<TrafficBucket[]> {
    const starts: number[] = [];
    const first = Math.ceil(fromMs / trafficBucketMs) * trafficBucketMs;
    for (let start = first; start < toMs; start += trafficBucketMs) starts.push(start);
    try {
      const { traffic } = redisKeys(this.#service);
      return await Promise.all(
        starts.map(async (startMs) =>
          bucketOf(startMs, await this.#redis.hgetall(traffic(startMs))),
        ),
      );
    } catch (error) {
      throw redisFailure('read traffic counts', error);
    }
  }
}

function countFields(track: Track, counts: TrackCounts): (string | number)[] {
  const fields: [string, number][] = [
    [trafficField.requests(track), counts.requests],
    [trafficField.failures(track), counts.failures],
    ...[...counts.latency].map(([bin, count]): [string, number] => [
      trafficField.latency(track, bin),
      count,
    ]),
  ];
  return fields.filter(([, count]) => count !== 0).flat();
}

function bucketOf(startMs: number, hash: Record<string, string>): TrafficBucket {
  return { startMs, stable: trackCounts('stable', hash), canary: trackCounts('canary', hash) };
}

function trackCounts(track: Track, hash: Record<string, string>): TrackCounts {
  const prefix = `${track}:latency:`;
  const latency = Object.entries(hash)
    .filter(([field]) => field.startsWith(prefix))
    .map(([field, count]): [number, number] => [Number(field.slice(prefix.length)), Number(count)]);
  return {
    requests: Number(hash[trafficField.requests(track)] ?? 0),
    failures: Number(hash[trafficField.failures(track)] ?? 0),
    latency: new Map(latency),
  };
}
