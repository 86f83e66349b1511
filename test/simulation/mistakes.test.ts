import { expect, test } from 'vitest';
import { staleEdits } from './platform/break-production.ts';
import { runSimulator } from './run-simulator.ts';

/** Mistakes of `break-production.ts`, and the invariant that each one breaks within 200 seeds. */
const mistakes = [
  ['stale leaders write', 'no stale leader writes'],
  ['an activation undoes an ejection', 'an ejection is undone by a person or a new release alone'],
  ['a drain does not wait', 'no container stops before every live proxy has let go of it'],
  ['a canary keeps its share', 'no share without an active canary'],
  ['a rollout skips a step', 'a rollout takes one step after the other'],
  ['a pause ends by itself', 'a paused rollout goes on by a person alone'],
  ['writers do not compare', 'every generation once'],
  ['an alert is not acknowledged', 'each alert arrives exactly once'],
  ['a monitor sends no notification', 'each alert arrives exactly once'],
  ['an incident queues no notification', 'each transition of an incident is queued'],
  ['a proxy ignores new documents', 'proxies converge on the newest document'],
  [
    'a writer trusts a Redis that started just now',
    'a release document never goes back in silence',
  ],
  [
    'a proxy without a report is gone',
    'no container stops before every live proxy has let go of it',
  ],
  ['ports are not compared', 'a port is never held twice'],
] as const;

test('every mistake that is kept still applies to the source', () => {
  expect(staleEdits()).toEqual([]);
});

test.concurrent.for(mistakes)(
  'the simulation finds a mistake: %s',
  { timeout: 900_000 },
  async ([mistake, invariant], { expect }) => {
    const { code, output } = await runSimulator('--break', mistake, '--seeds', '200');
    expect(output).toMatch(new RegExp(`seed \\d+ broke an invariant: ${invariant}: `));
    expect(code).toBe(1);
  },
);

test('an unknown mistake is refused', async () => {
  const { code, output } = await runSimulator('--break', 'nothing');
  expect({ code, output }).toEqual({ code: 1, output: '' });
});
