import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FlagDefinition } from '../../../runtime/core/flags/flag-definition.ts';
import { flagAudience } from '../../../runtime/core/flags/flag-audience.ts';
import { flagDifference } from '../../../runtime/core/flags/flag-difference.ts';
import { flagFormOf, formProblems, withForm } from '../../../runtime/core/flags/flag-form.ts';
import { operatorNames } from '../../../runtime/core/flags/targeting-condition.ts';
import { requireFlag } from '../../../runtime/store/flags/require-flag.ts';

const onOff = {
  state: 'ENABLED',
  variants: { on: true, off: false },
  defaultVariant: 'off',
} as const;
const checkout: FlagDefinition = {
  ...onOff,
  targeting: {
    if: [
      { '==': [{ var: 'track' }, 'canary'] },
      'on',
      { fractional: [{ var: 'targetingKey' }, ['on', 10], ['off', 90]] },
    ],
  },
  metadata: { description: 'The checkout on one page', owner: 'shop' },
};

const condition = fc.record({
  attribute: fc.constantFrom('track', 'email', 'targetingKey'),
  operator: fc.constantFrom(...operatorNames),
  value: fc.oneof(
    fc.constantFrom('canary', '12', 'true', '"12"', 'a, "b, c", 3', '1.2.3', '-0.5'),
    fc.string({ minLength: 1 }),
  ),
  variant: fc.constantFrom('on', 'off', ''),
});
const rest = fc.oneof(
  fc.constant({ kind: 'default' as const }),
  fc.record({ kind: fc.constant('variant' as const), variant: fc.constantFrom('on', 'off') }),
  fc.integer({ min: 0, max: 10_000 }).map((part) => ({
    kind: 'share' as const,
    by: null,
    percents: [
      { variant: 'on', percent: part / 100 },
      { variant: 'off', percent: (10_000 - part) / 100 },
    ].toSorted((a, b) => Number(b.percent > 0) - Number(a.percent > 0)),
  })),
);

test("what a form writes is flagd's format, and the same form reads it again", () => {
  fc.assert(
    fc.property(fc.array(condition, { maxLength: 3 }), rest, (rules, others) => {
      const form = { ...flagFormOf(onOff), targeting: { rules, rest: others } };
      fc.pre(formProblems(onOff, form).length === 0);
      const once = withForm(onOff, form);
      expect(requireFlag('beta', once)).toEqual(once);
      const read = flagFormOf(once);
      if (read.targeting === null) return; // As with a value of spaces and commas only.
      expect(withForm(onOff, read)).toEqual(once);
      expect(withForm(once, { ...read, enabled: false })).toEqual({ ...once, state: 'DISABLED' });
    }),
  );
});

test('a form shows rules, the share of all others, and everything else stays as it is', () => {
  const form = flagFormOf(checkout);
  expect(form).toEqual({
    enabled: true,
    description: 'The checkout on one page',
    defaultVariant: 'off',
    targeting: {
      rules: [{ attribute: 'track', operator: '==', value: 'canary', variant: 'on' }],
      rest: {
        kind: 'share',
        by: { var: 'targetingKey' },
        percents: [
          { variant: 'on', percent: 10 },
          { variant: 'off', percent: 90 },
        ],
      },
    },
  });
  expect(withForm(checkout, form)).toEqual(checkout);
  const percents = [
    { variant: 'on', percent: 12.5 },
    { variant: 'off', percent: 87.5 },
  ];
  const rules = form.targeting?.rules ?? [];
  const share = { kind: 'share' as const, by: { var: 'targetingKey' }, percents };
  const targeting = { rules, rest: share };
  const next = withForm(checkout, { ...form, description: 'New', targeting });
  expect(next).toEqual({
    ...checkout,
    targeting: {
      if: [
        { '==': [{ var: 'track' }, 'canary'] },
        'on',
        { fractional: [{ var: 'targetingKey' }, ['on', 125], ['off', 875]] },
      ],
    },
    metadata: { description: 'New', owner: 'shop' },
  });
  expect(flagDifference(checkout, next)).toEqual([
    'The share of on goes from 10% to 12.5%.',
    'The share of off goes from 90% to 87.5%.',
    'The description changes.',
  ]);
});

test.for<[string, unknown]>([
  ['two conditions', { if: [{ and: [{ '==': [{ var: 'a' }, 1] }] }, 'on'] }],
  ['a share inside a rule', { if: [{ '==': [{ var: 'a' }, 1] }, { fractional: [['on', 1]] }] }],
  ['a computed weight', { fractional: [['on', { var: 'w' }]] }],
  [
    'a variant twice',
    {
      fractional: [
        ['on', 1],
        ['off', 1],
        ['on', 1],
      ],
    },
  ],
  ['a number that a person would not type', { if: [{ '==': [{ var: 'a' }, 1e21] }, 'on'] }],
  ['a variable with a default', { if: [{ '==': [{ var: ['a', 1] }, 1] }, 'on'] }],
  ['a reference', { $ref: 'shared' }],
])('a targeting with %s is not in the form, and survives its changes', ([_what, targeting]) => {
  const flag = { ...onOff, targeting };
  const form = flagFormOf(flag);
  expect(form.targeting).toBeNull();
  expect(withForm(flag, { ...form, enabled: false })).toEqual({ ...flag, state: 'DISABLED' });
  expect(flagAudience(flag)).toEqual([
    'The targeting, which only the JSON shows, decides what a caller gets; else it gets off.',
  ]);
});

test('weights of other sums keep their numbers while their shares are unchanged', () => {
  const thirds = {
    ...onOff,
    targeting: {
      fractional: [
        ['on', 1],
        ['off', 2],
      ],
    },
  };
  const form = flagFormOf(thirds);
  expect(form.targeting?.rest).toMatchObject({
    percents: [{ percent: 33.33 }, { percent: 66.67 }],
  });
  expect(withForm(thirds, { ...form, defaultVariant: '' })).toEqual({
    state: 'ENABLED',
    variants: onOff.variants,
    targeting: thirds.targeting,
  });
});

test('a form names each of its problems by its field', () => {
  const form = {
    ...flagFormOf(onOff),
    defaultVariant: 'blue',
    targeting: {
      rules: [{ attribute: 'age', operator: '>' as const, value: 'ten', variant: 'red' }],
      rest: { kind: 'share' as const, by: null, percents: [{ variant: 'on', percent: 90 }] },
    },
  };
  expect(formProblems(onOff, form)).toEqual([
    { field: 'defaultVariant', rule: 'must be one of on, off', value: 'blue' },
    { field: 'targeting.rules.0.value', rule: 'must be a number', value: 'ten' },
    { field: 'targeting.rules.0.variant', rule: 'must be one of on, off', value: 'red' },
    { field: 'targeting.rest.percents', rule: 'must add up to 100', value: '90' },
  ]);
});

test('the audience says who gets what, and names variants that do not exist', () => {
  expect(flagAudience(onOff)).toEqual(['Every caller gets off.']);
  expect(flagAudience({ ...onOff, state: 'DISABLED' })).toEqual([
    'Every caller gets the default of its own code.',
  ]);
  expect(flagAudience(checkout)).toEqual([
    'Callers whose track is "canary" get on.',
    'Of all others, about 10% of targeting keys get on, about 90% off. The same targeting key always gets the same variant.',
    'A caller without a targeting key gets off.',
  ]);
  const stray = { if: [{ in: [{ var: 'plan' }, ['pro', 2]] }, 'blue'] };
  expect(flagAudience({ ...onOff, targeting: stray })).toEqual([
    'Callers whose plan is one of "pro", 2 get blue.',
    'All others get off.',
    expect.stringContaining('There is no variant blue'),
  ]);
});

test('a difference names state, default, variants, rules and shares', () => {
  const before = { ...onOff, targeting: { if: [{ '==': [{ var: 'plan' }, 'pro'] }, 'on'] } };
  const after: FlagDefinition = {
    state: 'DISABLED',
    variants: { on: true, maybe: 'x' },
    defaultVariant: 'on',
    targeting: { fractional: [['on', 1]] },
  };
  expect(flagDifference(before, after)).toEqual([
    'The flag is disabled.',
    'The default variant goes from off to on.',
    'The variant off is removed.',
    'The variant maybe is new: "x".',
    'The rule is gone: callers whose plan is "pro" get on.',
    'What all others get goes from the default to 100% on.',
  ]);
  expect(flagDifference(undefined, onOff)).toEqual(['The flag is created: enabled, default off.']);
  expect(flagDifference(onOff, onOff)).toEqual([]);
});
