import { expect, test } from 'vitest';
import { parseFileDocument } from '../../../runtime/store/release/file-document.ts';
import { member, releaseDocument } from '../../support/release-document.ts';

test('a document of one member needs its id, track and URL alone', () => {
  const written = { members: [{ id: 'one', track: 'stable', url: 'http://127.0.0.1:3000' }] };
  expect(parseFileDocument(JSON.stringify(written))).toMatchObject({
    generation: 1,
    weight: 0,
    affinity: 'none',
    members: [{ ...written.members[0], host: 'local', state: 'active' }],
  });
});

test('a whole document stays as it is', () => {
  const document = releaseDocument({ weight: 25, members: [member('canary-1', 3_000)] });
  expect(parseFileDocument(JSON.stringify(document))).toEqual(document);
});

const url = 'http://127.0.0.1:3000';
test.each([
  ['', 'release document must be JSON'],
  ['[]', 'release document: must be a JSON object'],
  ['{}', 'release document: members must be a list of members, each with id, track and url'],
  [{ members: [url] }, 'members.0 must be a list of members, each with id, track and url'],
  [
    { members: [{ url }] },
    'release document: members.0.id must be a name; members.0.track must be stable or canary',
  ],
  [{ members: [{ id: 'one', track: 'beta', url }] }, 'members.0.track: must be stable or canary'],
  [
    { members: [{ id: 'one', track: 'stable', url: '127.0.0.1:3000' }] },
    'members.0.url: must be http://HOST:PORT without a path',
  ],
  [
    { weight: 10, members: [{ id: 'one', track: 'stable', url }] },
    'weight: must be 0 without an active canary member, got 10',
  ],
  [{ members: [], wieght: 10 }, 'Unrecognized key: "wieght"'],
])('the document %j is refused with the rule that it breaks', (written, problem) => {
  const json = typeof written === 'string' ? written : JSON.stringify(written);
  expect(() => parseFileDocument(json)).toThrow(problem);
});
