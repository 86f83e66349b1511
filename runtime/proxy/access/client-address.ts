import { isIP } from 'node:net';
import type { LoggedClients } from '../../contract/access-log.ts';
import { unbracketed } from '../../contract/host-port.ts';
import { ipv6Network } from '../../contract/ipv6-network.ts';
import type { SeenRequest } from '../http/contract/request-observer.ts';

/**
 * Address of a client as the access log names it; undefined: not at all. Behind a trusted proxy it is
 * the one that this proxy vouches for, which is the last in X-Forwarded-For.
 */
export function clientAddress(
  { head, address, isTrusted }: SeenRequest,
  form: LoggedClients,
): string | undefined {
  if (form === 'none') return undefined;
  const claimed = isTrusted ? lastAddress(head?.field('x-forwarded-for')) : undefined;
  const client = claimed ?? address;
  return form === 'full' ? client : networkOf(client);
}

function lastAddress(list: string | undefined): string | undefined {
  const last = unbracketed(list?.split(',').at(-1)?.trim() ?? '');
  return isIP(last) > 0 ? last : undefined;
}

/** The /24 or /48 of an address. */
function networkOf(address: string): string {
  const family = isIP(address);
  if (family === 4) return address.replace(/\.\d+$/, '.0/24');
  return family === 6 ? ipv6Network(address, 48) : address;
}
