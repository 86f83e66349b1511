import { expect, test } from 'vitest';
import { returnMemory } from '../../runtime/process/return-memory.ts';

test('memory of objects that are gone is given back to the machine', () => {
  let held: unknown[] = Array.from({ length: 400_000 }, (_, index) => ({
    index,
    text: `${index}`,
  }));
  const before = process.memoryUsage().heapTotal;
  expect(held).toHaveLength(400_000);
  held = [];
  returnMemory();
  const freed = before - process.memoryUsage().heapTotal;
  expect(freed).toBeGreaterThan(20 * 1_048_576);
});
