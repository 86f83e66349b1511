import { expect, test } from 'vitest';
import {
  hasActive,
  maxDocumentBytes,
  parseReleaseDocument,
} from '../../../runtime/core/release/release-document.ts';
import { member, releaseDocument } from '../../support/release-document.ts';

test('a valid document is parsed as it was written', () => {
  const document = releaseDocument({
    members: [member('stable-1', 20_000)],
    evidence: { eValue: 1.5 },
  });
  expect(parseReleaseDocument(JSON.stringify(document))).toEqual(document);
});

test('all problems of a document are reported at once, each with its path', () => {
  const broken = {
    ...releaseDocument({
      members: [member('stable-1', 20_000), member('stable-1', 20_001), member('canary-1', 20_001)],
    }),
    weight: 25.123,
    affinity: 'sticky',
    colour: 'red',
  };
  expect(() => parseReleaseDocument(JSON.stringify(broken))).toThrow(
    /weight: must have two decimals at most, got 25\.123/,
  );
  expect(() => parseReleaseDocument(JSON.stringify(broken))).toThrow(/affinity: /);
  expect(() => parseReleaseDocument(JSON.stringify(broken))).toThrow(/colour/);
});

test.each([
  [
    'two members of one id',
    [member('s', 20_000), member('s', 20_001)],
    'must not hold two members with id s',
  ],
  [
    'two members of one address',
    [member('s', 20_000), member('t', 20_000)],
    'must not hold two members with url http://127.0.0.1:20000',
  ],
])('%s are refused', (_what, members, rule) => {
  expect(() => parseReleaseDocument(JSON.stringify(releaseDocument({ members })))).toThrow(rule);
});

test.each(['https://h:1', 'http://h', 'http://h:1/path', 'http://user@h:1', 'h:1', 'javascript:1'])(
  'a member at %s is refused',
  (url) => {
    const members = [member('s', 1, { url })];
    expect(() => parseReleaseDocument(JSON.stringify(releaseDocument({ members })))).toThrow(
      'members.0.url: must be http://HOST:PORT without a path',
    );
  },
);

test('a canary share without an active canary is refused', () => {
  const members = [member('canary-1', 20_000, { state: 'draining' })];
  expect(() =>
    parseReleaseDocument(JSON.stringify(releaseDocument({ members, weight: 5 }))),
  ).toThrow('weight: must be 0 without an active canary member, got 5');
});

test('a track is active if one of its own members is', () => {
  const members = [member('stable-1', 20_000), member('canary-1', 20_001, { state: 'ejected' })];
  expect([hasActive({ members }, 'stable'), hasActive({ members }, 'canary')]).toEqual([
    true,
    false,
  ]);
  expect(hasActive({ members: [] }, 'stable')).toBe(false);
});

test('a document of 1 MiB is parsed', () => {
  const json = JSON.stringify(releaseDocument());
  expect(parseReleaseDocument(json.padEnd(maxDocumentBytes))).toEqual(releaseDocument());
});

test('a document of more than 1 MiB is refused before it is parsed', () => {
  expect(() => parseReleaseDocument(' '.repeat(maxDocumentBytes + 1))).toThrow(
    'at most 1048576 bytes',
  );
});
