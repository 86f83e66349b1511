import { expect, test } from 'vitest';
import { Periodic } from '../../../runtime/store/local/periodic.ts';

test('requests during a run make the job run once more', async () => {
  let runs = 0;
  const first = Promise.withResolvers<void>();
  const periodic = new Periodic(() => {
    runs += 1;
    return runs === 1 ? first.promise : Promise.resolve();
  }, 60_000);
  periodic.runNow();
  periodic.runNow();
  periodic.runNow();
  expect(runs).toBe(1);
  first.resolve();
  await periodic.stop();
  expect(runs).toBe(2);
});

test('the job does not run after the stop', async () => {
  let runs = 0;
  const periodic = new Periodic(async () => {
    runs += 1;
  }, 60_000);
  await periodic.stop();
  periodic.runNow();
  expect(runs).toBe(0);
});

test('a job that requests another run before it first waits runs once at a time', async () => {
  let running = 0;
  let most = 0;
  let runs = 0;
  const periodic: Periodic = new Periodic(async () => {
    running += 1;
    most = Math.max(most, running);
    runs += 1;
    periodic.runNow();
    await Promise.resolve();
    running -= 1;
  }, 60_000);
  periodic.runNow();
  await periodic.stop();
  // The requests of the second run come after the stop.
  expect({ most, runs }).toEqual({ most: 1, runs: 2 });
});
