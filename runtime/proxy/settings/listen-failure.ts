import { PerchError } from '../../contract/perch-error.ts';
import { formatAddress, type AdminAddress } from './address.ts';

/** Why nobody can listen there, as the option that said so; an unknown trouble as it is. */
export function listenFailure(option: string, address: AdminAddress, cause: unknown): unknown {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const field = `${option} ${formatAddress(address)}`;
  if (code === 'EADDRINUSE') {
    return new PerchError('port_in_use', `${field} is in use by another process`, { cause });
  }
  if (['EADDRNOTAVAIL', 'ENOTFOUND', 'EACCES', 'EAI_AGAIN', 'ENOENT'].includes(code)) {
    return new PerchError('bad_input', `${field} is not an address to listen on: ${code}`, {
      cause,
    });
  }
  return cause;
}
