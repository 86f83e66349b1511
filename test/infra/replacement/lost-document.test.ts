import { expect, test } from 'vitest';
import {
  documentOfState,
  newestDocument,
  withoutMembersOf,
} from '../../../infra/replacement/lost-document.ts';
import { parseReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import { member, releaseDocument } from '../../support/release-document.ts';
import { deployedState } from './states.ts';

test('the newest of the last good documents counts, and what is none is left out', () => {
  const texts = [7, 9, 8].map((generation) => JSON.stringify(releaseDocument({ generation })));
  expect(newestDocument(['', 'no JSON', '{}', ...texts])?.generation).toBe(9);
  expect(newestDocument([''])).toBeUndefined();
});

test('the members of the lost host go, and a share that no canary is left for goes with them', () => {
  const members = [
    member('stable-1', 20_000),
    member('stable-2', 20_001, { host: 'host-2' }),
    member('canary-1', 20_002, { host: 'host-2' }),
  ];
  const document = releaseDocument({ members, weight: 25 });
  const left = withoutMembersOf(document, 'host-2');
  expect(left.members.map(({ id }) => id)).toEqual(['stable-1']);
  expect(left.weight).toBe(0);
  expect(withoutMembersOf(document, 'host-1').weight).toBe(25);
  expect(() => parseReleaseDocument(JSON.stringify(left))).not.toThrow();
});

test("a document is rebuilt from the members that the stack's state knows", () => {
  const state = deployedState('server-prod');
  for (const resource of state.deployment.resources) {
    const { stdout } = resource.outputs ?? {};
    // The stand-in's answer has only some of the fields that `perch member reserve` prints.
    if (typeof stdout !== 'string' || !stdout.includes('url')) continue;
    const answer = JSON.parse(stdout) as { id: string };
    const fields = { track: 'stable', version: '1', host: 'web-2', state: 'reserved' };
    resource.outputs = { ...resource.outputs, stdout: JSON.stringify({ ...answer, ...fields }) };
  }
  const document = parseReleaseDocument(JSON.stringify(documentOfState(state, 'shop', 12)));
  expect(document.generation).toBe(12);
  const members = document.members.map(({ id, state: at }) => `${id.slice(0, 8)} ${at}`);
  expect(members.toSorted()).toEqual(['stable-0 active', 'stable-1 active']);
});
