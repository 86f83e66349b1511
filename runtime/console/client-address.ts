import { isIP } from 'node:net';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from 'hono';
import { unbracketed } from '../contract/host-port.ts';
import { ipv6Network } from '../contract/ipv6-network.ts';

/**
 * Address by which the requests of a client are counted: of IPv6 its /64, which one client may have
 * whole.
 * @param isBehindProxy - true if a proxy adds the client's address to X-Forwarded-For. Only the last
 *   entry is that of the proxy; a client may send others.
 */
export function clientAddress(c: Context, isBehindProxy: boolean): string {
  const forwarded = isBehindProxy ? c.req.header('x-forwarded-for')?.split(',').at(-1) : undefined;
  const claimed = unbracketed(forwarded?.trim() ?? '');
  return countedAs(isIP(claimed) > 0 ? claimed : (getConnInfo(c).remote.address ?? ''));
}

function countedAs(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  return isIP(address) === 6 ? ipv6Network(address, 64) : address;
}
