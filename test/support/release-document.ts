import {
  initialDocument,
  type Member,
  type ReleaseDocument,
} from '../../runtime/core/release/release-document.ts';

/** Returns an active member on loopback whose track is the prefix of its id. */
export function member(id: string, port: number, overrides: Partial<Member> = {}): Member {
  return {
    id,
    track: id.startsWith('canary') ? 'canary' : 'stable',
    url: `http://127.0.0.1:${port}`,
    version: '1',
    host: 'host-1',
    state: 'active',
    ...overrides,
  };
}

export function releaseDocument(overrides: Partial<ReleaseDocument> = {}): ReleaseDocument {
  return { ...initialDocument('shop'), generation: 1, ...overrides };
}
