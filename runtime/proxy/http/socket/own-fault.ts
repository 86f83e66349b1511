import { isIPv4 } from 'node:net';

/**
 * Errors of connect(2) and socket(2) that say that this machine or process has no descriptor, local
 * port or memory left. The other side has no part in them.
 */
const codes: ReadonlySet<string> = new Set([
  'EMFILE',
  'ENFILE',
  'EADDRNOTAVAIL',
  'ENOBUFS',
  'ENOMEM',
]);

/** Reports whether a connection failed by a fault of this machine, not of the other side. */
export function isOwnFault(error: NodeJS.ErrnoException | undefined): boolean {
  if (error?.code === undefined || !codes.has(error.code)) return false;
  // For IPv6 it also means that this machine has none: then the member's address is what is wrong.
  return error.code !== 'EADDRNOTAVAIL' || !('address' in error) || isIPv4(String(error.address));
}
