import { expect, test } from 'vitest';
import { configProblems, valid } from '../../support/pulumi/config-problems.ts';

const { aws, docker } = valid;

const steps = [
  { weight: 5, minutes: 10 },
  { weight: 25, minutes: 0.5, until: 120 },
  { weight: 33.33, minutes: 0 },
];

test.each([
  ['a canary stack', { ...aws, role: 'canary', prodStack: 'o/perch/prod', proxyCount: 1 }],
  ['a local stack', docker],
])('steps are accepted in %s', (_stack, values) => {
  expect(configProblems({ ...values, steps, onInconclusive: 'abort' })).toEqual([]);
});

test.each([
  [{ steps: 5 }, ['perch:steps must be a list, got 5']],
  [{ steps: '5%' }, ['perch:steps must be a list, got "5%"']],
  [{ steps: [5] }, ['perch:steps.0 must be a map, got 5']],
  [
    { onInconclusive: 'pause' },
    ['perch:onInconclusive must be one of hold, continue, abort, got "pause"'],
  ],
  [
    { steps: [{ weight: '5', minuts: 1 }] },
    [
      'perch:steps.0.weight must be a number, got "5"',
      'perch:steps.0.minutes must be a number',
      'perch:steps.0.minuts is not known; did you mean minutes?',
    ],
  ],
  [
    {
      steps: [
        { weight: 0, minutes: -1 },
        { weight: 100.5, minutes: 1, until: 0 },
      ],
    },
    [
      'perch:steps.0.weight must be from 0.01 to 100, got 0',
      'perch:steps.0.minutes must be from 0 to 10080, got -1',
      'perch:steps.1.weight must be from 0.01 to 100, got 100.5',
      'perch:steps.1.until must be from 0.01 to 10080, got 0',
      'perch:steps.1.until must be at least minutes, 1, got 0',
    ],
  ],
  [
    { steps: [{ weight: 33.333, minutes: 1 }] },
    ['perch:steps.0.weight must have two decimals at most, got 33.333'],
  ],
  [
    {
      steps: [
        { weight: 25, minutes: 10, until: 5 },
        { weight: 25, minutes: 1 },
      ],
    },
    [
      'perch:steps.0.until must be at least minutes, 10, got 5',
      'perch:steps.1.weight must be above 25, the weight of the step before, got 25',
    ],
  ],
  [
    { steps: [{ weight: 25, minutes: 10 }], onInconclusive: 'continue' },
    [
      'perch:onInconclusive must be hold, because no step has until, the end of an inconclusive one, got "continue"',
    ],
  ],
  [
    { onInconclusive: 'abort' },
    [
      'perch:onInconclusive must be hold, because no step has until, the end of an inconclusive one, got "abort"',
    ],
  ],
])('a configuration with %j is refused with all its problems', (values, expected) => {
  expect(configProblems({ ...docker, ...values })).toEqual(expected);
});

test("steps are accepted in a prod stack, whose canary they are for, and so is the canary's image", () => {
  expect(configProblems({ ...aws, steps })).toEqual([]);
  expect(configProblems({ ...aws, steps, canaryImage: `shop@sha256:${'a'.repeat(64)}` })).toEqual(
    [],
  );
});

test('more than 100 steps are refused', () => {
  const many = Array.from({ length: 101 }, (_, index) => ({ weight: (index + 1) / 2, minutes: 0 }));
  expect(configProblems({ ...docker, steps: many })).toEqual([
    'perch:steps must have at most 100 steps, got 101',
  ]);
});
