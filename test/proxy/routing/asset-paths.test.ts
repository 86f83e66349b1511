import { expect, test } from 'vitest';
import { excluded } from '../../../runtime/contract/traffic-fields.ts';
import type { ReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import type { MemberAttempt } from '../../../runtime/proxy/routing/member-attempt.ts';
import { member, releaseDocument } from '../../support/release-document.ts';
import {
  attemptOf,
  end,
  request,
  routing,
  strataOf,
  tester,
  type RoutedRequest,
} from './routed-requests.ts';

const asset: RoutedRequest = { method: 'GET', target: '/assets/app.1f3.js' };
const twoVersions = (weight: number): ReleaseDocument =>
  releaseDocument({
    weight,
    members: [member('stable-1', 20_001), { ...member('canary-1', 20_002), version: '2' }],
  });

function start(document: ReleaseDocument, asked: RoutedRequest) {
  const made = routing(document, { assetPaths: ['/assets/'] });
  return { ...made, first: attemptOf(request(made.router, asked)) };
}

/** Attempt in place of one that was answered by 404. */
function insteadOf(first: MemberAttempt): MemberAttempt | undefined {
  const other = first.instead(404);
  end(first, 'rejected');
  return other === undefined ? undefined : attemptOf(other);
}

const counts = (made: ReturnType<typeof routing>) =>
  strataOf(made.traffic).map(({ weight, stable, canary }) => ({
    weight,
    stable: stable.requests,
    canary: canary.requests,
  }));

test('an asset that one version lacks comes from the other, and counts for neither track', () => {
  const { first, ...made } = start(twoVersions(100), asset);
  expect(first.member.id).toBe('canary-1');
  const other = insteadOf(first);
  expect(other?.member.id).toBe('stable-1');
  if (other !== undefined) end(other, 'answered');
  expect(counts(made)).toEqual([{ weight: excluded, stable: 1, canary: 0 }]);
  expect(made.pool.registry.inFlight()).toEqual({ 'stable-1': 0, 'canary-1': 0 });
});

test.for(['rejected', 'error', 'reset'] as const)(
  'if the other one has nothing either (%s), the first 404 counts for its track',
  (how) => {
    const { first, ...made } = start(twoVersions(100), asset);
    const other = insteadOf(first);
    if (other !== undefined) end(other, how);
    expect(counts(made)).toContainEqual({ weight: 100, stable: 0, canary: 1 });
  },
);

test('a canary without a share is not asked, unless a tester chose it', () => {
  expect(insteadOf(start(twoVersions(0), asset).first)).toBeUndefined();
  const chosen = start(twoVersions(0), { ...asset, fields: tester('canary') });
  expect(chosen.first.member.id).toBe('canary-1');
  expect(insteadOf(chosen.first)?.member.id).toBe('stable-1');
});

test('during a swap, a member of the other version of the same track is asked', () => {
  const document = releaseDocument({
    members: [member('stable-1', 20_001), { ...member('stable-2', 20_002), version: '2' }],
  });
  const { first } = start(document, asset);
  expect(insteadOf(first)?.member.version).not.toBe(first.member.version);
});

test('where one version is out, a 404 is final', () => {
  const members = [member('stable-1', 20_001), member('stable-2', 20_002)];
  expect(insteadOf(start(releaseDocument({ members }), asset).first)).toBeUndefined();
});

test.for([
  { method: 'GET', target: '/' },
  { method: 'GET', target: '/assetsX' },
  { method: 'PUT', target: '/assets/app.js' },
])('%j is asked of one member only', (asked) => {
  expect(insteadOf(start(twoVersions(50), asked).first)).toBeUndefined();
});

test('only a 404 is asked of another version, and only once', () => {
  const { first } = start(twoVersions(100), { ...asset, method: 'HEAD' });
  expect(first.instead(410)).toBeUndefined();
  expect(insteadOf(first)?.instead(404)).toBeUndefined();
});
