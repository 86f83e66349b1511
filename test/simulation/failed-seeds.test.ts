import { test } from 'vitest';
import { runSimulator } from './run-simulator.ts';

/**
 * Seeds that failed, and the mistake of production that each one found. A change of the simulation
 * gives a seed another trace, so each one is played with its mistake too: if it finds it no longer,
 * `npm run simulate -- --break MISTAKE` finds a new one.
 */
const failed = [
  {
    seed: '6',
    mistake: 'a proxy without a report is gone',
    found:
      'a drain that asks right after an outage of Redis sees no report of a proxy, and its container stops',
  },
  {
    seed: '74',
    mistake: 'a newer generation is an applied one',
    found:
      'Redis restarts with an older document, and a proxy that keeps the newer one counts as done',
  },
  {
    seed: '20',
    mistake: 'a drain of an empty Redis does not wait',
    found:
      'a person restores the document of an empty Redis, and a drain goes on before a proxy has reported',
  },
  {
    seed: '1021',
    mistake: 'an old report says that a member is drained',
    found:
      'a report that was sent before a partition arrives after newer ones, and hides a running request',
  },
];

/** Seeds that failed on an earlier simulation, or on the way to a fix. */
const retired = '1,4,5,13,18,19,26,29,35,39,40,48,50,54,58';

test('seeds that failed earlier hold', { timeout: 120_000 }, async ({ expect }) => {
  expect(await runSimulator('--seed', retired)).toMatchObject({ code: 0 });
});

test.concurrent.for(failed)(
  'seed $seed holds, which found that $found',
  { timeout: 120_000 },
  async ({ seed, mistake }, { expect }) => {
    const [now, before] = await Promise.all([
      runSimulator('--seed', seed, '--seeds', '1'),
      runSimulator('--seed', seed, '--seeds', '1', '--break', mistake),
    ]);
    expect(now).toMatchObject({ code: 0 });
    expect(before.output).toContain('no container stops before every live proxy has let go of it');
    expect(before.code).toBe(1);
  },
);
