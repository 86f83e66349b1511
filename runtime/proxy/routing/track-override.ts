import { createHash, timingSafeEqual } from 'node:crypto';
import { tracks, type Track } from '../../contract/names.ts';
import type { RequestHead } from '../http/message/request-head.ts';

/** Request fields by which a tester chooses the track. They never reach the app. */
export const overrideFields = { track: 'x-perch-track', token: 'x-perch-token' } as const;

/** Lets those who hold the token choose a track; for all others the fields mean nothing. */
export class TrackOverride {
  readonly #expected: Buffer | undefined;

  /** @param token undefined: nobody may choose. */
  constructor(token: string | undefined) {
    this.#expected = token === undefined ? undefined : digest(token);
  }

  trackFor(request: Pick<RequestHead, 'field'>): Track | undefined {
    if (this.#expected === undefined) return undefined;
    const wanted = request.field(overrideFields.track);
    if (wanted === undefined) return undefined;
    const token = request.field(overrideFields.token) ?? '';
    // Digests have one length, so that the comparison tells nothing of the token, its length neither.
    if (!timingSafeEqual(digest(token), this.#expected)) return undefined;
    return tracks.find((track) => track === wanted);
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
