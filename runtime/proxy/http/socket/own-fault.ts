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
export function isOwnFault(error: Error | undefined): boolean {
  return error !== undefined && 'code' in error && codes.has(String(error.code));
}
