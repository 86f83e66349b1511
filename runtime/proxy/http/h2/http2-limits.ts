import type { ServerSessionOptions } from 'node:http2';
import type { Limits } from '../contract/limits.ts';

/** Number of streams that a client may have open on one connection. */
export const mostStreams = 100;

/** Bytes that RFC 9113 section 6.5.2 counts for each field beside its name and value. */
const bytesPerField = 32;
/** Fields that may be more than the engine takes, so that their request gets an answer. */
const spareFields = 8;

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
 * Returns the limits of one connection. A head that is a little too large is read, so that it can be
 * refused with an answer; of a larger one Node resets the stream.
 */
export function sessionOptions({ headBytes, headFields }: Limits): ServerSessionOptions {
  const fields = headFields + spareFields;
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
