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
