import { expect, test } from 'vitest';
import type { ReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import { changeEffects } from '../../../runtime/console/changes/change-effects.ts';
import {
  memberAction,
  possibleActions,
  transitionOf,
  type ReleaseChange,
} from '../../../runtime/console/changes/release-change.ts';
import { member, releaseDocument } from '../../support/release-document.ts';
import { steps } from '../staged-release.ts';

const stable = member('stable-1', 20_001);
const canary = member('canary-1', 20_002);
const ejected = { ...canary, state: 'ejected' as const };

const rolling: Partial<ReleaseDocument> = {
  rolloutId: 'r-1',
  phase: 'progressing',
  weight: 25,
  step: 1,
  plan: steps,
  members: [stable, canary],
};

test.for<[string, Partial<ReleaseDocument>, string[]]>([
  ['without a canary', { members: [stable] }, []],
  ['while it progresses', rolling, ['pause', 'promote', 'weight', 'eject', 'abort']],
  [
    'while it is paused',
    { ...rolling, phase: 'paused' },
    ['resume', 'promote', 'weight', 'eject', 'abort'],
  ],
  ['while it is promoted', { ...rolling, phase: 'promoting' }, ['weight', 'eject', 'abort']],
  [
    'after an ejection',
    { ...rolling, phase: 'aborted', weight: 0, members: [stable, ejected] },
    ['retry', 'reinstate'],
  ],
])('a release allows only the actions that change it: %s', ([, document, expected]) => {
  expect(possibleActions(releaseDocument(document))).toEqual(expected);
});

test('a member can be ejected unless it is the last stable one, and reinstated once ejected', () => {
  const document = releaseDocument({ members: [stable, canary, { ...ejected, id: 'canary-2' }] });
  expect(memberAction(document, 'canary-1')).toBe('eject');
  expect(memberAction(document, 'canary-2')).toBe('reinstate');
  expect(memberAction(document, 'stable-1')).toBeNull();
});

function effectsOf(document: Partial<ReleaseDocument>, change: ReleaseChange): string[] {
  const before = releaseDocument(document);
  const next = transitionOf(before, change, 'a reason');
  if (next.kind !== 'changed') throw new Error(`${change.action} changes nothing`);
  return changeEffects(before, next.document);
}

test.for<[ReleaseChange, Partial<ReleaseDocument>, string[]]>([
  [
    { action: 'pause' },
    rolling,
    [
      "The canary's share stays 25%.",
      'The rollout pauses: the judge advances nothing until somebody resumes it. A canary that does harm is ejected all the same.',
    ],
  ],
  [
    { action: 'resume' },
    { ...rolling, phase: 'paused', weight: 40 },
    [
      "The canary's share goes from 40% to 25%.",
      'The rollout goes on at step 2 of 4, which begins anew with all of its time, at least 10 min.',
    ],
  ],
  [
    { action: 'promote' },
    rolling,
    [
      "The canary's share stays 25%.",
      "The steps that are left are skipped: 50%, 100%. A deployment then makes the canary's version the stable one.",
    ],
  ],
  [
    { action: 'abort' },
    rolling,
    [
      "The canary's share goes from 25% to 0%: stable gets all requests.",
      'canary-1 is ejected: no new requests, those in flight finish.',
      'The rollout ends. It can be retried while the canary members are there.',
    ],
  ],
  [
    { action: 'weight', weight: 50 },
    rolling,
    [
      "The canary's share goes from 25% to 50%.",
      'The rollout pauses: the judge advances nothing until somebody resumes it. A canary that does harm is ejected all the same.',
    ],
  ],
  [
    { action: 'reinstate' },
    { members: [stable, ejected] },
    ['canary-1 is reinstated.', 'The share stays 0%: set the weight afterwards.'],
  ],
  [
    { action: 'retry' },
    { ...rolling, phase: 'aborted', weight: 0, members: [stable, ejected] },
    [
      "The canary's share goes from 0% to 5%.",
      'canary-1 is reinstated.',
      'The rollout goes on at step 1 of 4, which begins anew with all of its time, at least 10 min.',
    ],
  ],
  [
    { action: 'eject', member: 'stable-2' },
    { members: [stable, member('stable-2', 20_003)] },
    ['stable-2 is ejected: no new requests, those in flight finish.'],
  ],
])('the effects of %j say what it does', ([change, document, expected]) => {
  expect(effectsOf(document, change)).toEqual(expected);
});
