import { hostPort } from '../../contract/host-port.ts';

export interface Address {
  /** An IP address without brackets, or a name. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/**
 * Address of the admin server: an IP address and port, or a socket file that only this user may
 * use.
 */
export type AdminAddress = Address | { readonly socketFile: string };

/** Returns HOST:PORT, [IPV6]:PORT or unix:/PATH. */
export function formatAddress(address: AdminAddress): string {
  if ('socketFile' in address) return `unix:${address.socketFile}`;
  return hostPort(address.host, address.port);
}
