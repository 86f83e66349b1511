import { expect, test } from 'vitest';
import {
  settingProblems,
  type StackSettings,
} from '../../../../infra/deploy/progressive/stack-settings.ts';

const prod: StackSettings = {
  name: 'prod',
  role: 'prod',
  service: 'shop',
  image: undefined,
  canaryImage: undefined,
  canaryCount: 1,
  buildContext: '../shop',
  version: undefined,
  prodStack: undefined,
  hasSteps: true,
};
const canary = { ...prod, name: 'canary', role: 'canary', prodStack: 'organization/perch/prod' };
const progressive = { isProgressive: true, image: undefined };
const plain = { isProgressive: false, image: undefined };

test('stacks that fit have no problem', () => {
  expect(settingProblems(progressive, { own: prod })).toEqual([]);
  expect(settingProblems(progressive, { own: canary, promote: prod })).toEqual([]);
  expect(settingProblems(plain, { own: prod, from: canary })).toEqual([]);
  expect(settingProblems(plain, { own: { ...prod, hasSteps: false } })).toEqual([]);
});

test('a stack that cannot be deployed progressively is told everything at once', () => {
  const own = { ...prod, hasSteps: false, canaryCount: 0, canaryImage: 'build' };
  expect(settingProblems(progressive, { own: { ...own, buildContext: undefined } })).toEqual([
    'perch:steps must be set in stack prod for a progressive deployment',
    'perch:canaryCount must be at least 1 in stack prod for a progressive deployment, got 0',
    'perch:canaryImage must not be set in stack prod for a progressive deployment, which chooses it: set perch:image, or give --image',
    '--image must be given, because stack prod has neither perch:image nor perch:buildContext',
  ]);
});

test('a canary stack without steps gets its canaryWeight, unless it is to be promoted', () => {
  const own = { ...canary, hasSteps: false };
  expect(settingProblems(progressive, { own })).toEqual([]);
  expect(settingProblems(progressive, { own, promote: prod })).toEqual([
    'perch:steps must be set in stack canary for a progressive deployment',
  ]);
});

test('a promotion needs a canary stack and the prod stack that it joins', () => {
  const local = { ...prod, name: 'local', role: 'local', service: 'demo' };
  expect(settingProblems(progressive, { own: prod, promote: local })).toEqual([
    '--promote needs a canary stack: stack prod must have perch:role canary, got prod',
    '--promote needs a prod stack: stack local must have perch:role prod, got local',
    '--promote needs two stacks of one service, got shop and demo',
  ]);
  expect(settingProblems(plain, { own: { ...prod, name: 'other' }, from: canary })).toEqual([
    '--from needs two stacks that belong together: stack canary joins organization/perch/prod, not other',
  ]);
});
