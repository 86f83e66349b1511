/**
 * State of a connection of HTTP/2:
 *
 * - `opening`: the preface of the client has not come.
 * - `open`: streams are served.
 * - `leaving`: the client was told to open no more streams; those that it opens meanwhile are served.
 * - `closing`: the client knows the last stream that is served; after it the connection is closed.
 * - `closed`: nothing more is read or sent.
 */
export type Http2State = 'opening' | 'open' | 'leaving' | 'closing' | 'closed';
