import { expect, test } from 'vitest';
import { phaseEvent } from '../../../runtime/core/release/phase-event.ts';
import type { ReleaseDocument } from '../../../runtime/core/release/release-document.ts';

const begun = { type: 'rollout-begun', text: 'rollout r2 begun at weight 5' };
const paused = { type: 'rollout-paused', text: 'rollout r2 paused at step 1 of 3: lunch' };
const resumed = { type: 'rollout-resumed', text: 'rollout r2 resumed at step 1 of 3, weight 5: x' };
const advanced = { type: 'rollout-advanced', text: 'rollout r2 at step 2 of 3, weight 25; safe' };
const promoted = { type: 'rollout-promoted', text: 'rollout r2 passed every step; safe' };
const ejected = { type: 'canary-ejected', text: 'canary 2 fails requests that stable serves' };
const drained = { type: 'member-draining', text: 'draining stable member stable-1' };
const weighed = {
  type: 'weight-set',
  text: 'weight set from 5 to 9, rollout r2 paused at step 1 of 3',
};
const renewed = {
  type: 'member-activated',
  text: 'activated canary member canary-1; its version is new, so rollout r2 pauses at step 1 of 3, weight 5',
};
type Phase = ReleaseDocument['phase'];

test.for<[Phase, readonly { type: string; text: string }[], { type: string } | undefined]>([
  ['progressing', [begun, drained], begun],
  ['progressing', [begun, paused, resumed, drained], resumed],
  ['progressing', [begun, advanced, drained], advanced],
  ['paused', [begun, paused, drained], paused],
  ['paused', [begun, paused, resumed, weighed, drained], weighed],
  ['paused', [begun, renewed, drained], renewed],
  ['promoting', [advanced, promoted, drained], promoted],
  ['aborted', [begun, paused, ejected, drained], ejected],
  ['aborted', [drained], undefined],
  ['idle', [begun, ejected], undefined],
])('the phase %s of %j began with the last event that can begin it', ([phase, events, event]) => {
  expect(phaseEvent({ phase, rolloutId: 'r2' }, events)).toBe(event);
});

test('a pause of an earlier rollout began no phase of this one', () => {
  expect(phaseEvent({ phase: 'paused', rolloutId: 'r3' }, [begun, paused])).toBeUndefined();
});
