/** What a client or an origin may ask of the engine. Times are milliseconds, sizes bytes. */
export interface Limits {
  /** Of a request's or response's head, start line and all: 431, or 502 for a response. */
  readonly headBytes: number;
  /** Field lines in a head: 431, or 502 for a response. */
  readonly headFields: number;
  /** Of a request target: 414. */
  readonly targetBytes: number;
  /** Of a request body: 413. */
  readonly bodyBytes: number;
  /** From the first byte of a head (for the first one, from the connection) to its end: 408. */
  readonly headTimeoutMs: number;
  /**
   * How slowly a request body may come: 408 when it does not come at all for this long, or stays
   * below the rate for so long that it is this far behind.
   */
  readonly bodyTimeoutMs: number;
  readonly bodyBytesPerSecond: number;
  /** Between two requests on a connection; then it is closed. */
  readonly keepAliveTimeoutMs: number;
  /** For a client that takes nothing of its answer; then the connection is cut. */
  readonly clientStallTimeoutMs: number;
  /** To reach an origin: another one is tried, or 502. */
  readonly connectTimeoutMs: number;
  /** For an origin that neither sends nor takes anything: 504, or a cut connection after the head. */
  readonly originTimeoutMs: number;
  /** Between two parts of what an accepted upgrade carries, either way. */
  readonly tunnelTimeoutMs: number;
  /** How long what is left of an upload is read after its response was sent, and how much of it. */
  readonly lingerTimeoutMs: number;
  readonly lingerBytes: number;
  /** How long a connection without a request stays open in a drain, to have its next one answered. */
  readonly drainIdleMs: number;
  /** Open at a time, in all: 503. */
  readonly connections: number;
  /** Open at a time from one address that is no trusted proxy's: 503. */
  readonly connectionsPerAddress: number;
  /** Then the connection is closed in order. */
  readonly requestsPerConnection: number;
  /** How long a connection to an origin stays open without a request: less than its own keep-alive. */
  readonly idleOriginTimeoutMs: number;
}

export const defaultLimits: Limits = {
  headBytes: 16_384,
  headFields: 100,
  targetBytes: 8_192,
  bodyBytes: 1_073_741_824,
  headTimeoutMs: 10_000,
  bodyTimeoutMs: 30_000,
  bodyBytesPerSecond: 500,
  keepAliveTimeoutMs: 75_000,
  clientStallTimeoutMs: 60_000,
  connectTimeoutMs: 3_000,
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
