import type { ServerSessionOptions } from 'node:http2';
import type { Limits } from '../contract/limits.ts';

/** Number of streams that a client may have open on one connection. */
export const mostStreams = 100;

/** Bytes that RFC 9113 section 6.5.2 counts for each field beside its value, if it is a cookie. */
const bytesPerField = 32 + 'cookie'.length;

/**
 * Bytes of a head for each of which more cookies are read. A client may send each cookie as a field
 * (RFC 9113 section 8.2.3), which counts as one with the others once they are joined. Cookies that are
 * shorter on average are cut off before they are too large; without that, a head could cost
 * far more memory than its bytes.
 */
const bytesPerCookie = 8;

/**
 * Number of streams that a client may reset at once, and per second in the long run. A browser that
 * leaves a page resets all streams of a connection; CVE-2023-44487 does nothing else.
 */
const resetBurst = 300;
const resetsPerSecond = 33;

/** Frames and streams that break rules without ending the connection; then it is closed. */
const mostFaults = 100;

/** Megabytes that Node may hold for one connection, beyond the bodies that are being relayed. */
const mostMegabytes = 4;

/**
 * Returns the limits of one connection. A head of up to twice the size is read, so that it can be
 * refused with an answer; of a larger one Node resets the stream.
 */
export function sessionOptions({ headBytes, headFields }: Limits): ServerSessionOptions {
  const fields = 2 * headFields + Math.ceil(headBytes / bytesPerCookie);
  return {
    maxHeaderListPairs: fields,
    maxSessionMemory: mostMegabytes,
    maxSessionInvalidFrames: mostFaults,
    maxSessionRejectedStreams: mostFaults,
    streamResetBurst: resetBurst,
    streamResetRate: resetsPerSecond,
    // The engine has read the fields already, and several of a name may be sent.
    strictSingleValueFields: false,
    settings: {
      maxConcurrentStreams: mostStreams,
      maxHeaderListSize: 2 * headBytes + fields * bytesPerField,
    },
  };
}
