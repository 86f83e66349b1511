import { expect, test } from 'vitest';
import {
  rolloutStart,
  type RolloutSituation,
} from '../../../../infra/deploy/progressive/rollout-decision.ts';

const idle: RolloutSituation = {
  hasStable: true,
  serving: 'a',
  canary: undefined,
  wanted: 'b',
  checkedOut: undefined,
};
const progressing = { image: 'b', phase: 'progressing' };

test.each([
  ['a stack that serves nothing gets a plain deployment', { serving: undefined }, 'first'],
  ['an image that serves needs no rollout', { wanted: 'a' }, 'serves'],
  ['a new image starts a rollout', {}, 'start'],
  ['the image of the rollout in progress is followed', { canary: progressing }, 'attach'],
  ['a paused one is too', { canary: { image: 'b', phase: 'paused' } }, 'attach'],
  ['one that may be promoted is too', { canary: { image: 'b', phase: 'promoting' } }, 'attach'],
  ['an aborted one is not released again', { canary: { image: 'b', phase: 'aborted' } }, 'attach'],
  ['another image replaces the canary', { canary: progressing, wanted: 'c' }, 'replace'],
  [
    'another image after an aborted rollout starts one',
    { canary: { image: 'b', phase: 'aborted' }, wanted: 'c' },
    'start',
  ],
  [
    'a canary whose rollout never began starts it',
    { canary: { image: 'b', phase: 'idle' } },
    'start',
  ],
  [
    'sources of the rollout in progress are not built again',
    { canary: progressing, wanted: undefined, checkedOut: 'canary' },
    'attach',
  ],
  [
    'sources that serve are not built again',
    { wanted: undefined, checkedOut: 'serving' },
    'serves',
  ],
  [
    'other sources replace the canary',
    { canary: progressing, wanted: undefined, checkedOut: undefined },
    'replace',
  ],
  [
    'a canary stack has a first canary without stable members',
    { hasStable: false, serving: undefined },
    'start',
  ],
] as const)('%s', (_behaviour, situation, expected) => {
  expect(rolloutStart({ ...idle, ...situation })).toBe(expected);
});
