import type { SecureContext } from 'node:tls';

/** Result of a handshake of TLS with a client. */
export type HandshakeResult = 'full' | 'resumed' | HandshakeFault;

/** Causes for which a handshake fails. They label metrics, so they are stable. */
export type HandshakeFault =
  /** It took longer than its limit. */
  | 'timeout'
  /** The client closed the connection before the end. */
  | 'closed'
  /** No certificate covers the name that the client asks for. */
  | 'unknown-name'
  /** The proxy has no certificate at all. */
  | 'no-certificate'
  /** The client offers no version of TLS that the proxy allows. */
  | 'version'
  /** Client and proxy share no cipher suite, group or signature algorithm. */
  | 'no-shared-cipher'
  /** Client and proxy share no application protocol (RFC 7301). */
  | 'no-shared-protocol'
  /** The client sent a fatal alert: mostly it does not trust the certificate. */
  | 'client-alert'
  /** The client speaks HTTP without TLS. */
  | 'plain-http'
  /** The client sent something that is no TLS, or broke its rules. */
  | 'malformed';

/** TLS in front of the engine. Every call is synchronous: a handshake never waits here. */
export interface TlsTermination {
  /** Application protocols (RFC 7301), the preferred one first. */
  readonly alpn: readonly string[];
  /**
   * Returns the context for a name that a client asks for, or for a client that names none; undefined
   * if no certificate covers it.
   */
  contextFor(serverName: string | undefined): SecureContext | undefined;
  /**
   * Called with the name that a client asks for, before its hello is read.
   * @param read reads it, and opens the session ticket that it brings.
   */
  onHello(serverName: string | undefined, read: () => void): void;
  /** Called once for each handshake. */
  onHandshake(result: HandshakeResult): void;
}
