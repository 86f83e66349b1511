import { expect, test } from 'vitest';
import { Periodic } from '../../../runtime/store/local/periodic.ts';

test('what is asked for while the job runs makes it run once more', async () => {
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

test('nothing runs after the end', async () => {
  let runs = 0;
  const periodic = new Periodic(async () => {
    runs += 1;
  }, 60_000);
  await periodic.stop();
  periodic.runNow();
  expect(runs).toBe(0);
});
