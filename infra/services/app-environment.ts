import * as pulumi from '@pulumi/pulumi';
import { env } from '../../runtime/contract/env.ts';
import type { Host } from '../hosts/host.ts';
import type { AppArgs } from './app.ts';
import { secretValues } from './secret-values.ts';

export type AppEnvironmentArgs = Pick<
  AppArgs,
  'service' | 'track' | 'version' | 'environment' | 'secretEnvironment' | 'redis'
>;

/** Environment of every container of the application on a host, name to value. */
export function appEnvironment(
  host: Host,
  args: AppEnvironmentArgs,
): Record<string, pulumi.Input<string>> {
  return {
    ...args.environment,
    ...secretValues(args.secretEnvironment),
    [env.service]: args.service,
    [env.host]: host.name,
    [env.track]: args.track,
    [env.version]: args.version,
    [env.redisUrl]: args.redis.urlFrom(host, 'network'),
  };
}
