/** Limits of what a client or an upstream may ask of the engine. Times are milliseconds, sizes bytes. */
export interface Limits {
  /** Size of a head with its start line. Beyond it: 431, or 502 for a response. */
  readonly headBytes: number;
  /** Number of field lines in a head. Beyond it: 431, or 502 for a response. */
  readonly headFields: number;
  /** Size of a request target. Beyond it: 414. */
  readonly targetBytes: number;
  /** Size of a request body. Beyond it: 413. */
  readonly bodyBytes: number;
  /** Time from the connection to the end of the handshake of TLS; then the connection is closed. */
  readonly handshakeTimeoutMs: number;
  /** Time from the first byte of a head, or from the connection for the first head, to its end: 408. */
  readonly headTimeoutMs: number;
  /**
   * Time that a request body may be silent, or that it may fall behind {@link bodyBytesPerSecond}:
   * 408.
   */
  readonly bodyTimeoutMs: number;
  /** Lowest rate of a request body. */
  readonly bodyBytesPerSecond: number;
  /** Time between two requests on a connection; then it is closed. */
  readonly keepAliveTimeoutMs: number;
  /** Time in which a client may read nothing of its response; then the connection is cut off. */
  readonly clientStallTimeoutMs: number;
  /**
   * Time to connect to an upstream; then another one is tried, or 502. A lost first packet is sent
   * again after one second.
   */
  readonly connectTimeoutMs: number;
  /** Time in which an upstream may neither send nor read: 504, or a cut-off after the head. */
  readonly originTimeoutMs: number;
  /** Time between two parts of a tunnel's bytes, either way. */
  readonly tunnelTimeoutMs: number;
  /** Time for which the rest of an upload is read after its response was sent. */
  readonly lingerTimeoutMs: number;
  /** Size of the rest of an upload that is read after its response was sent. */
  readonly lingerBytes: number;
  /** Time for which a connection without a request stays open in a drain, for a next request. */
  readonly drainIdleMs: number;
  /**
   * Number of open client connections. Beyond it the one that has been idle for longest is closed, or
   * if none is idle: 503.
   */
  readonly connections: number;
  /**
   * Number of open connections of one address that is not a trusted proxy, or of one /64 of IPv6.
   * Beyond it: 503.
   */
  readonly connectionsPerAddress: number;
  /** Number of requests after which a connection is closed in an orderly way. */
  readonly requestsPerConnection: number;
  /** Time for which a connection to an upstream stays open idle: less than the upstream's own. */
  readonly idleOriginTimeoutMs: number;
}

export const defaultLimits: Limits = {
  headBytes: 16_384,
  headFields: 100,
  targetBytes: 8_192,
  bodyBytes: 1_073_741_824,
  handshakeTimeoutMs: 10_000,
  headTimeoutMs: 10_000,
  bodyTimeoutMs: 30_000,
  bodyBytesPerSecond: 500,
  keepAliveTimeoutMs: 75_000,
  clientStallTimeoutMs: 60_000,
  connectTimeoutMs: 1_500,
  originTimeoutMs: 60_000,
  tunnelTimeoutMs: 3_600_000,
  lingerTimeoutMs: 5_000,
  lingerBytes: 16_777_216,
  drainIdleMs: 2_000,
  connections: 20_000,
  connectionsPerAddress: 2_000,
  requestsPerConnection: 100_000,
  idleOriginTimeoutMs: 4_000,
};
