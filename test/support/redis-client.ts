import type { Redis } from 'ioredis';
import { connectRedis, requireServer } from '../../runtime/store/redis/connection.ts';
import { silentLogger } from './silent-logger.ts';
import type { TestRedis } from './redis.ts';

/** A connected client of a test's Redis; dispose of it before the server. */
export async function clientOf(server: TestRedis): Promise<Redis & Disposable> {
  const redis = connectRedis({ url: server.url, name: 'perch-test', logger: silentLogger });
  await requireServer(redis);
  return Object.assign(redis, { [Symbol.dispose]: () => redis.disconnect() });
}
