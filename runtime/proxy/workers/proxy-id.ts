import { randomBytes } from 'node:crypto';

/**
 * The id of one worker process, for its reports and metrics: host, slot and a part of its own.
 * It stays for the life of the process and never comes back: while a worker is being replaced, the
 * old one and the new one are two proxies, and what is in flight at either counts.
 */
export function proxyId(hostname: string, slot: number): string {
  const host = hostname
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]/g, '-')
    .slice(0, 40);
  return `${host}-${slot}-${randomBytes(3).toString('hex')}`;
}
