/**
 * State of a client's connection:
 * - `open`: requests arrive and are answered, one after the other.
 * - `lingering`: the last response was sent; what the client still sends is read and discarded,
 *   because a connection that is closed with unread bytes may lose the response (RFC 9112 section
 *   9.6).
 * - `switched`: the connection belongs to a tunnel.
 * - `closed`: nothing more happens.
 */
export type ClientState = 'open' | 'lingering' | 'switched' | 'closed';

/** Use of the next byte that a client sends. */
export type ExpectedBytes = 'head' | 'body' | 'nothing';
