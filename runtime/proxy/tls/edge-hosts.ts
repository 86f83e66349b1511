import type { RoutedRequest } from '../../core/edge/route-table.ts';

/**
 * Hosts of the edge, as the plain port and the answers by https need to know them. Every call is
 * synchronous.
 */
export interface EdgeHosts {
  /** True if a request by http is redirected to https. */
  isRedirected(request: RoutedRequest): boolean;
  /** Max-age of Strict-Transport-Security; undefined: the field is not sent. */
  hstsSeconds(request: RoutedRequest): number | undefined;
  /**
   * True if the certificate of a connection covers the host of a request that came by it.
   * @param serverName name that the client asked for in the handshake.
   */
  isCovered(host: string, serverName: string): boolean;
}
