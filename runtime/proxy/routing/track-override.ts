import { createHash, timingSafeEqual } from 'node:crypto';
import { tracks, type Track } from '../../contract/names.ts';
import type { RequestHead } from '../http/message/request-head.ts';

/** Request fields with which a tester chooses the track. The proxy never forwards them. */
export const overrideFields = { track: 'x-perch-track', token: 'x-perch-token' } as const;

/** Lets a client with the token choose its track; ignores the fields of all others. */
export class TrackOverride {
  readonly #expected: Buffer | undefined;

  /** @param token undefined: no client may choose. */
  constructor(token: string | undefined) {
    this.#expected = token === undefined ? undefined : digest(token);
  }

  trackFor(request: Pick<RequestHead, 'field'>): Track | undefined {
    if (this.#expected === undefined) return undefined;
    const chosen = request.field(overrideFields.track);
    if (chosen === undefined) return undefined;
    const token = request.field(overrideFields.token) ?? '';
    // Digests have equal lengths, so the comparison reveals nothing about the token, not even its
    // length.
    if (!timingSafeEqual(digest(token), this.#expected)) return undefined;
    return tracks.find((track) => track === chosen);
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
