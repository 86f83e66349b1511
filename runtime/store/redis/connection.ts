import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { PerchError } from '../../contract/perch-error.ts';
import { redisFailure } from './redis-failure.ts';

export interface RedisConnectionOptions {
  /** `redis://[USER]:PASSWORD@HOST:PORT[/DB]`, or `rediss://` for TLS. Secret. */
  readonly url: string;
  /** Connection name in `CLIENT LIST`. */
  readonly name: string;
  readonly logger: Logger;
  /** Timeout of one command, milliseconds. Default 500. */
  readonly commandTimeoutMs?: number;
}

const oldestRedisMajor = 7;
const slowestReconnectMs = 2_000;

/**
 * Creates a client whose commands succeed or fail soon: it queues nothing while offline and sends
 * no command twice. It connects in the background until it is disconnected, with full jitter
 * between attempts, and reconnects if the server is a read-only replica. It closes a connection
 * that owes replies and is silent for four command timeouts.
 * @throws PerchError `bad_input` for a URL of another form; the message never contains the URL.
 */
export function connectRedis(options: RedisConnectionOptions): Redis {
  requireRedisUrl(options.url);
  const commandTimeout = options.commandTimeoutMs ?? 500;
  const redis = new Redis(options.url, {
    connectionName: options.name,
    commandTimeout,
    socketTimeout: 4 * commandTimeout,
    connectTimeout: 4 * commandTimeout,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.random() * Math.min(slowestReconnectMs, 50 * 2 ** attempt),
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  });
  logEachChange(redis, options.logger);
  return redis;
}

/**
 * Waits for the first connection and checks that the server can do what Perch needs.
 * @throws PerchError `redis_unavailable`, `redis_refused` or `unsupported`, after it has closed the
 *   client.
 */
export async function requireServer(redis: Redis): Promise<void> {
  try {
    await ready(redis);
    requireVersion(await redis.info('server'));
  } catch (error) {
    redis.disconnect();
    throw redisFailure('connect', error);
  }
}

function requireVersion(info: string): void {
  const field = (name: string) => new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim();
  if (field('valkey_version') !== undefined) return;
  const version = field('redis_version') ?? 'unknown';
  if (Number(version.split('.', 1)[0]) >= oldestRedisMajor) return;
  throw new PerchError(
    'unsupported',
    `redis_version must be ${oldestRedisMajor} or later (or Valkey), got ${version}`,
  );
}

function requireRedisUrl(text: string): void {
  const url = URL.parse(text);
  const reachable = url !== null && url.hostname !== '' && /^rediss?:$/.test(url.protocol);
  if (reachable && /^(\/\d*)?$/.test(url.pathname)) return;
  throw new PerchError(
    'bad_input',
    'PERCH_REDIS_URL must be redis://[USER]:PASSWORD@HOST:PORT[/DB] or rediss://…; its value is not shown',
  );
}

/** Settles with the first attempt, because the client itself retries forever. */
function ready(redis: Redis): Promise<void> {
  if (redis.status === 'ready') return Promise.resolve();
  return new Promise((resolve, reject) => {
    const settle = (error?: Error) => {
      redis.off('ready', settle);
      redis.off('error', settle);
      if (error === undefined) resolve();
      else reject(error);
    };
    redis.once('ready', settle);
    redis.once('error', settle);
  });
}

/** Logs one line when the connection is lost and one when it is back, not one per attempt. */
function logEachChange(redis: Redis, logger: Logger): void {
  let last = '';
  redis.on('error', (error: Error) => {
    const { message } = redisFailure('connect', error);
    if (message !== last) logger.warn({ reason: message }, 'the connection to Redis failed');
    last = message;
  });
  redis.on('ready', () => {
    if (last !== '') logger.info('the connection to Redis is back');
    last = '';
  });
}
