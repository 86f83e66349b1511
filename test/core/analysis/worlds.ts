import { healthyCells } from './worlds/healthy.ts';
import { harmfulCells } from './worlds/harmful.ts';
import type { Cell } from './worlds/cell.ts';

/** All cells of the table in docs/judge.md. */
export const cells: readonly Cell[] = [...healthyCells, ...harmfulCells];
