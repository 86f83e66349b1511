import type { VirtualProcess } from '../kernel/virtual-process.ts';

const outputs = new WeakMap<VirtualProcess, string[]>();

/** Lines that a process has printed. */
export function outputOf(process: VirtualProcess): string[] {
  const known = outputs.get(process);
  if (known !== undefined) return known;
  const lines: string[] = [];
  outputs.set(process, lines);
  return lines;
}
