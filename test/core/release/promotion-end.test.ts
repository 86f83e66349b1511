import { expect, test } from 'vitest';
import type { ReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import { deregisterHost } from '../../../runtime/core/release/host-transitions.ts';
import { release } from '../../../runtime/core/release/transitions.ts';
import { member, releaseDocument } from '../../support/release-document.ts';

const old = { ...member('stable-1', 20_000), version: '1' };
const promoted = { ...member('stable-2', 20_001), version: '2' };
const canary = { ...member('canary-1', 20_002), version: '2', state: 'draining' as const };

function promoting(members: ReleaseDocument['members']): ReleaseDocument {
  return releaseDocument({ phase: 'promoting', weight: 0, members });
}

/** Phase and reason after the canary's last member is removed. */
function afterRemoval(members: ReleaseDocument['members']) {
  const next = release(promoting(members), 'canary-1');
  return next.kind === 'changed' ? next.document : undefined;
}

test('a promoting rollout has succeeded if the stable members have the version of the removed canary', () => {
  expect(afterRemoval([promoted, canary])).toMatchObject({ phase: 'succeeded' });
  // The update has not drained the old stable member yet.
  expect(afterRemoval([old, canary, promoted])).toMatchObject({ phase: 'succeeded' });
});

test('a promoting canary that is removed without being promoted ends as aborted, with the reason', () => {
  const { phase, reason } = afterRemoval([old, canary]) ?? {};
  expect(phase).toBe('aborted');
  expect(reason).toContain(
    'its canary of version 2 was removed without being promoted, stable is 1',
  );
  expect(afterRemoval([{ ...promoted, state: 'ejected' }, canary])).toMatchObject({
    phase: 'aborted',
    reason: expect.stringContaining('no stable member is active'),
  });
});

test('a stable release that was taken back before the canary goes is no promotion', () => {
  expect(afterRemoval([promoted, { ...old, id: 'stable-3' }, canary])).toMatchObject({
    phase: 'aborted',
  });
});

test('the last canary member of a dead host ends the rollout too, and not the first of two', () => {
  const gone = deregisterHost(promoting([old, { ...canary, host: 'host-9' }]), 'host-9');
  expect(gone).toMatchObject({ document: { phase: 'aborted' } });
  const second = { ...canary, id: 'canary-2', url: 'http://10.0.0.1:20009' };
  expect(afterRemoval([old, canary, second])).toMatchObject({ phase: 'promoting' });
});
