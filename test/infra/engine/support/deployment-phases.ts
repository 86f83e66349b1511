import { setTimeout as delay } from 'node:timers/promises';
import type { RunningCommand } from './running-command.ts';

const pollMs = 50;

/**
 * Times at which lines of a running command appear first, seconds after its start. Resolves at its
 * end, which is the phase `end`.
 * @param lines phase -> what its line is.
 */
export async function phasesOf(
  running: RunningCommand,
  lines: Readonly<Record<string, RegExp>>,
): Promise<Map<string, number>> {
  const began = performance.now();
  const seen = new Map<string, number>();
  const look = () => {
    for (const [phase, line] of Object.entries(lines)) {
      if (!seen.has(phase) && line.test(running.output)) seen.set(phase, secondsSince(began));
    }
  };
  const ended = running.finished.then(() => true);
  while (!(await Promise.race([ended, delay(pollMs, false)]))) look();
  look();
  return seen.set('end', secondsSince(began));
}

/** The phases for people, in the order in which they came. */
export function phasesText(phases: ReadonlyMap<string, number>): string {
  const inOrder = [...phases].toSorted(([, a], [, b]) => a - b);
  return inOrder.map(([phase, seconds]) => `${phase} ${seconds.toFixed(1)} s`).join(', ');
}

function secondsSince(began: number): number {
  return (performance.now() - began) / 1_000;
}
