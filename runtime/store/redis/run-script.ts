import type { Redis } from 'ioredis';

export interface ScriptArguments {
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

/** Runs a Lua script in Redis with its KEYS and ARGV; returns its reply. */
export async function runScript(
  redis: Redis,
  script: string,
  { keys, args }: ScriptArguments,
): Promise<unknown> {
  return await redis.eval(script, keys.length, ...keys, ...args);
}
