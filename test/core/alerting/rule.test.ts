import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  actionSchema,
  actionText,
  defaultClearAt,
  flagsOf,
  has,
  type Action,
} from '../../../runtime/core/alerting/rule.ts';

describe('an action', () => {
  test.each([
    ['alert', { kind: 'alert' }],
    ['eject-canary', { kind: 'eject-canary' }],
    ['raise-memory', { kind: 'raise-memory' }],
    ['kill-flag:new_feature', { kind: 'kill-flag', flag: 'new_feature' }],
    ['kill-flag:a:b', { kind: 'kill-flag', flag: 'a:b' }],
  ])('the action %s is parsed', (text, action) => {
    expect(actionSchema.parse(text)).toEqual(action);
    expect(actionText(action as Action)).toBe(text);
  });

  test.each([
    '',
    'Alert',
    'alert ',
    'eject',
    'kill-flag',
    'kill-flag:',
    'kill-flag:two words',
    `kill-flag:${'x'.repeat(201)}`,
    7,
    null,
  ])('%j is not an action', (given) => {
    const messages = actionSchema.safeParse(given).error?.issues.map(({ message }) => message);
    expect(messages).toEqual(['must be alert, eject-canary, raise-memory or kill-flag:KEY']);
  });
});

test('the flags of actions are those that they switch off, in order', () => {
  const actions = ['kill-flag:b', 'alert', 'kill-flag:a'].map((text) => actionSchema.parse(text));
  expect(flagsOf(actions)).toEqual(['b', 'a']);
  expect(flagsOf([{ kind: 'alert' }])).toEqual([]);
});

test('a list of actions has a kind of action or not', () => {
  const actions: Action[] = [{ kind: 'alert' }, { kind: 'kill-flag', flag: 'a' }];
  expect([has(actions, 'alert'), has(actions, 'kill-flag')]).toEqual([true, true]);
  expect([has(actions, 'eject-canary'), has([], 'alert')]).toEqual([false, false]);
});

test('a rule clears 5% off its threshold, on the right side', () => {
  expect([defaultClearAt(100, 'above'), defaultClearAt(100, 'below')]).toEqual([95, 105]);
  expect([defaultClearAt(-100, 'above'), defaultClearAt(-100, 'below')]).toEqual([-105, -95]);
  fc.assert(
    fc.property(fc.double({ min: -1e9, max: 1e9, noNaN: true }), (threshold) => {
      expect(defaultClearAt(threshold, 'above')).toBeLessThanOrEqual(threshold);
      expect(defaultClearAt(threshold, 'below')).toBeGreaterThanOrEqual(threshold);
    }),
  );
});
