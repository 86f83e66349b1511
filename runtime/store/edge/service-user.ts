import { createHash } from 'node:crypto';

/**
 * Commands of a service's members. Those that name keys of others (SCAN, KEYS), change the server or
 * read its configuration are not among them, and so a command of `perch` that asks which proxies are
 * live needs the host stack's user.
 */
const commands = {
  connection: 'auth hello ping quit select reset info time client|setname client|id',
  strings: 'get set strlen mget del exists expire pexpire ttl pttl incr',
  hashes: 'hget hset hdel hgetall hmget hlen hexists hincrby',
  streams: 'xadd xrange xrevrange xlen',
  scripts: 'eval multi exec discard',
  channels: 'publish subscribe unsubscribe',
};

/** Digest by which Redis knows a password; the password itself is never sent to set it. */
export function passwordDigest(password: string): string {
  return createHash('sha256').update(password).digest('hex');
}

/**
 * Rules of ACL SETUSER for a service's user: it reaches the keys and channels of its service alone.
 * @param digest hexadecimal SHA-256 of its password.
 */
export function userRules(service: string, digest: string): string[] {
  const own = `perch:${service}:*`;
  const allowed = Object.values(commands).flatMap((names) =>
    names.split(' ').map((name) => `+${name}`),
  );
  return ['reset', 'on', `#${digest}`, `~${own}`, `&${own}`, '-@all', ...allowed];
}
