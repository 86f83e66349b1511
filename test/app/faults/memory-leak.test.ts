import { expect, test } from 'vitest';
import { MemoryLeak } from '../../../runtime/app/faults/memory-leak.ts';
import { until } from '../../support/until.ts';

test('a memory leak grows until it is stopped, which frees its memory', async () => {
  const leak = new MemoryLeak();
  leak.start(20);
  await until(() => leak.bytes >= 4 * 1_048_576);
  leak.stop();
  expect(leak.bytes).toBe(0);
});
