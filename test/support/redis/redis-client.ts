import type { Redis } from 'ioredis';
import {
  connectRedis,
  requireServer,
  type RedisConnectionOptions,
} from '../../../runtime/store/redis/connection.ts';
import { silentLogger } from '../silent-logger.ts';
import type { TestRedis } from './redis-server.ts';

/** Connects a client to a test's Redis; dispose of it before the server. */
export async function clientOf(
  server: TestRedis,
  options: Pick<RedisConnectionOptions, 'commandTimeoutMs'> = {},
): Promise<Redis & Disposable> {
  const { url } = server;
  const redis = connectRedis({ url, name: 'perch-test', logger: silentLogger, ...options });
  await requireServer(redis);
  return Object.assign(redis, { [Symbol.dispose]: () => redis.disconnect() });
}
