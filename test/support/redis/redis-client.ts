import type { Redis } from 'ioredis';
import {
  connectRedis,
  requireServer,
  type RedisConnectionOptions,
} from '../../../runtime/store/redis/connection.ts';
import { silentLogger } from '../silent-logger.ts';
import type { TestRedis } from './redis-server.ts';

/** On a machine that is busy with other tests a command may take longer than in production. */
const commandTimeoutMs = 5_000;

/** Connects a client to a test's Redis; dispose of it before the server. */
export async function clientOf(
  server: TestRedis,
  options: Pick<RedisConnectionOptions, 'commandTimeoutMs'> = {},
): Promise<Redis & Disposable> {
  const { url } = server;
  const given = { commandTimeoutMs, ...options };
  const redis = connectRedis({ url, name: 'perch-test', logger: silentLogger, ...given });
  await requireServer(redis);
  return Object.assign(redis, { [Symbol.dispose]: () => redis.disconnect() });
}
