/**
 * Hosts of the edge, as the plain port and the answers by https need to know them. Every call is
 * synchronous. Names are in lower case, without a port.
 */
export interface EdgeHosts {
  /** True if requests for the host by http are redirected to https. */
  isRedirected(host: string): boolean;
  /** Max-age of Strict-Transport-Security; undefined: the field is not sent. */
  hstsSeconds(host: string): number | undefined;
}
