import type { ComponentResourceOptions } from '@pulumi/pulumi';
import { Redis, type RedisArgs } from '../../services/redis.ts';
import { setValues } from './set-values.ts';
import { typedDefaults } from './typed-defaults.ts';

/** Arguments of a Redis. What is not given has the default of a stack. */
export type RedisPartArgs = Pick<RedisArgs, 'service' | 'host'> & Partial<RedisArgs>;

/** Redis of a service on one host, reachable on its private address only, with a password. */
export class RedisPart extends Redis {
  constructor(name: string, args: RedisPartArgs, opts?: ComponentResourceOptions) {
    const { redisImage, redisPort, redisMemoryMiB, startTimeoutSeconds } = typedDefaults;
    const usual = { image: redisImage, port: redisPort, memoryMiB: redisMemoryMiB };
    super(name, { ...usual, startTimeoutSeconds, after: [], ...setValues(args) }, opts);
  }
}
