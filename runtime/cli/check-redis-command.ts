import { Command } from 'commander';
import type { Redis } from 'ioredis';
import { redisKeys } from '../contract/redis-keys.ts';
import { redisFailure } from '../store/redis/redis-failure.ts';
import { print, type OutputOptions } from './output.ts';
import { withSession } from './session.ts';

interface RedisCheck {
  readonly usedBytes: number;
  /** 0: without a limit. */
  readonly maxBytes: number;
  /** Redis' own words for a refused write. */
  readonly writeError?: string;
}

const mebibyte = 1_048_576;

/** `perch check-redis`: checks that Redis takes writes. It writes nothing. */
export function checkRedisCommand(): Command {
  return new Command('check-redis')
    .description('Check that Redis answers, takes writes and has memory left.')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', '\nExample:\n  $ perch check-redis')
    .action(async (options: OutputOptions) =>
      withSession(async ({ redis, service }) => {
        const memory = await memoryOf(redis);
        const writeError = await refusedWrite(redis, service);
        const check = { ...memory, ...(writeError !== undefined && { writeError }) };
        print(options, check, checkText(check));
        if (writeError !== undefined) process.exitCode = options.json === true ? 0 : 1;
      }),
    );
}

async function memoryOf(redis: Redis): Promise<Pick<RedisCheck, 'usedBytes' | 'maxBytes'>> {
  const info = await redis.info('memory').catch(failed);
  const field = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  return { usedBytes: field('used_memory'), maxBytes: field('maxmemory') };
}

/**
 * Sends a write that Redis checks like every other, but that changes nothing: an empty text over the
 * beginning of the release document.
 */
async function refusedWrite(redis: Redis, service: string): Promise<string | undefined> {
  try {
    await redis.setrange(redisKeys(service).release, 0, '');
    return undefined;
  } catch (error) {
    if (error instanceof Error && error.name === 'ReplyError') return error.message;
    throw redisFailure('write', error);
  }
}

function checkText({ usedBytes, maxBytes, writeError }: RedisCheck): string {
  const limit = maxBytes === 0 ? 'without a limit' : `of ${(maxBytes / mebibyte).toFixed(1)} MiB`;
  const memory = `${(usedBytes / mebibyte).toFixed(1)} MiB used ${limit}`;
  return writeError === undefined
    ? `Redis takes writes; ${memory}`
    : `Redis refuses writes: ${writeError}; ${memory}`;
}

function failed(error: unknown): never {
  throw redisFailure('read the memory of Redis', error);
}
