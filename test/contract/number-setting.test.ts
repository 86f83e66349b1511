import { expect, test } from 'vitest';
import { numberProblem, type NumberSetting } from '../../runtime/contract/number-setting.ts';

const problems: [setting: Omit<NumberSetting, 'default'>, value: unknown, problem?: string][] = [
  [{}, '5', 'must be a number'],
  [{}, Number.POSITIVE_INFINITY, 'must be a number'],
  [{ whole: true, least: 1 }, 1.5, 'must be a whole number'],
  [{ whole: true, least: 1 }, 0, 'must be 1 or more'],
  [{ above: 0, below: 1 }, 1, 'must be above 0 and below 1'],
  [{ above: 0, below: 1 }, 0, 'must be above 0 and below 1'],
  [{ least: 0, most: 100 }, 100.1, 'must be from 0 to 100'],
  [{ above: 1 }, 1, 'must be above 1'],
  [{ least: 0, most: 100 }, 100],
  [{ least: 1 }, 1],
];

test.each(problems)('a number with the bounds %j takes %j with the problem %j', (...given) => {
  const [setting, value, problem] = given;
  expect(numberProblem({ default: 1, ...setting }, value)).toBe(problem);
});
