import { test } from 'vitest';
import { expectBound } from './worlds/expect-bound.ts';
import { harmfulCells } from './worlds/harmful.ts';

/** Long only where other processes share the machine. */
const timeout = 600_000;
const cheap = harmfulCells.filter(({ isCheap = true }) => isCheap);

test.each(cheap)(
  'the judge answers as soon and as surely as docs/judge.md says: $row, $name',
  {
    timeout,
  },
  (cell) => expectBound(cell),
);
