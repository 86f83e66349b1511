import { PerchError } from '../../contract/perch-error.ts';

const unusable = ['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'ENOENT'];

/**
 * The error of a server that cannot listen.
 * @param where the address, preceded by the option that named it: `--listen 0.0.0.0:80`.
 * @returns PerchError `port_in_use` or `bad_input`; an unknown cause as it is.
 */
export function listenFailure(where: string, cause: unknown): unknown {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'EADDRINUSE') {
    return new PerchError('port_in_use', `${where} is in use by another process`, { cause });
  }
  if (code === 'EACCES') {
    const text = `${where} needs a permission that this process does not have: ${code}`;
    return new PerchError('bad_input', text, { cause });
  }
  if (!unusable.includes(code)) return cause;
  return new PerchError('bad_input', `${where} is not an address to listen on: ${code}`, { cause });
}
