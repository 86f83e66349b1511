import * as pulumi from '@pulumi/pulumi';
import type { Host } from '../hosts/host.ts';
import type { RedisAccess } from './redis.ts';

/** Redis of the host stack, as a guest's own user reaches it. */
export interface GuestRedisArgs {
  /** URL for processes on a host. Secret. */
  readonly url: string;
  /** Host whose containers reach Redis under another name, and their URL. Secret. */
  readonly near: { readonly host: string; readonly url: string } | undefined;
  readonly username: string;
  /** Secret. */
  readonly password: pulumi.Output<string>;
  /** Dependencies of every resource that uses Redis: the user must be there. */
  readonly ready: readonly pulumi.Resource[];
}

/** Access of a guest to the Redis of its host stack. */
export function guestRedis({ url, near, username, password, ready }: GuestRedisArgs): RedisAccess {
  return {
    urlFrom(host: Host, from: 'host' | 'network') {
      const base = from === 'network' && near?.host === host.name ? near.url : url;
      return pulumi.secret(password.apply((secret) => withLogin(base, username, secret)));
    },
    ready,
  };
}

function withLogin(url: string, username: string, password: string): string {
  const own = new URL(url);
  own.username = username;
  own.password = password;
  return own.href;
}
