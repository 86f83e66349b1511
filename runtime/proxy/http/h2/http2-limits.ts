import type { Limits } from '../contract/limits.ts';
import type { FieldLimits } from './hpack/field-decoder.ts';
import { defaultWindow, Setting, settingsFrame, windowUpdateFrame } from './frames.ts';

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
 * Number of streams that a client may reset at once, or let the server reset, and per second in the long
 * run. A browser that leaves a page resets all streams of a connection; CVE-2023-44487 and CVE-2025-8671
 * do nothing else.
 */
export const resetBurst = 300;
export const resetsPerSecond = 33;

/**
 * Number of PINGs and SETTINGS that are answered at once, and per second in the long run (CVE-2019-9512,
 * CVE-2019-9515).
 */
export const answerBurst = 1_000;
export const answersPerSecond = 100;

/** DATA frames in a row without data (CVE-2019-9518). */
export const mostEmptyFrames = 100;

/**
 * Bytes of bodies that may come on all streams of a connection before they are used: as many as the
 * windows of the streams allow, so that no upload waits for another one whose member is slow.
 */
export const receiveWindow = mostStreams * defaultWindow;

/** Bytes that a client has not read, from which on nothing more of it is read. */
export const mostUnread = 262_144;

/**
 * Returns the limits of a head. One of up to twice the size is read, so that it can be refused with an
 * answer; the stream of a larger one is reset.
 */
export function fieldLimits({ headBytes, headFields }: Limits): FieldLimits {
  const mostFields = 2 * headFields + Math.ceil(headBytes / bytesPerCookie);
  return { mostFields, mostBytes: 2 * headBytes + mostFields * bytesPerField };
}

/** Returns the frames that a connection begins with: the settings, and the window of all its bodies. */
export function firstFrames({ mostBytes }: FieldLimits): string {
  const settings = [
    Setting.maxConcurrentStreams,
    mostStreams,
    Setting.maxHeaderListSize,
    mostBytes,
  ];
  return settingsFrame(settings) + windowUpdateFrame(0, receiveWindow - defaultWindow);
}
