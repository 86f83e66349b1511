import { expect, test } from 'vitest';
import { runSimulator } from './run-simulator.ts';

/** For a machine that is busy with other tests; alone, each takes some ten seconds. */
const timeout = 900_000;

test.concurrent.for(['1', '101'])(
  'no invariant breaks in the hundred seeds from %s on',
  { timeout },
  async (seed, { expect }) => {
    const { code, output } = await runSimulator('--seed', seed, '--seeds', '100');
    expect(output).toContain('all 100 seeds held');
    expect(code).toBe(0);
  },
);

test('a seed gives the same trace again, alone and after others', { timeout }, async () => {
  const traceOf = async (...seeds: string[]) => {
    const { output } = await runSimulator('--seed', seeds.join(','), '--seeds', '1');
    return /the trace (\S+)/.exec(output)?.[1];
  };
  const [alone, again, after, other] = await Promise.all([
    traceOf('7'),
    traceOf('7'),
    traceOf('5', '6', '7'),
    traceOf('8'),
  ]);
  expect(alone).toMatch(/^[0-9a-f]{16}-\d{4,}$/);
  expect(again).toBe(alone);
  expect(after).toBe(alone);
  expect(other).not.toBe(alone);
});
