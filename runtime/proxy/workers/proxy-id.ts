import { randomBytes } from 'node:crypto';

/**
 * Returns a new id for one worker process, for its reports and metrics: host, slot and a random
 * part. No id is used twice: while a worker is being replaced, the old and the new one are two
 * proxies, and the requests in flight of both count.
 */
export function proxyId(hostname: string, slot: number): string {
  const host = hostname
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]/g, '-')
    .slice(0, 40);
  return `${host}-${slot}-${randomBytes(3).toString('hex')}`;
}
