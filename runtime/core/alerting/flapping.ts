import { z } from 'zod';
import { formatDuration } from '../../contract/format-duration.ts';

/**
 * Damping of an incident whose value crosses its threshold again and again. Nagios calls that
 * flapping; like Prometheus' `keep_firing_for`, the incident stays open until it was quiet for a
 * while.
 */
export const flappingSchema = z.object({
  /** Number of breaches since `sinceMs`, at least 2. */
  count: z.int(),
  /** Start of the flapping, milliseconds since the epoch. */
  sinceMs: z.int(),
  /** Time since which there is no breach, milliseconds since the epoch; absent during a breach. */
  quietSinceMs: z.int().optional(),
});

export type Flapping = z.infer<typeof flappingSchema>;

/**
 * Time after a resolution within which a breach reopens the incident, and time without a breach
 * after which a flapping incident is resolved, milliseconds.
 */
export const quietForMs = 600_000;

/** Flapping of an incident that a breach reopens. */
export function firstFlapping(openedAt: number, resolvedAt: number): Flapping {
  return { count: 2, sinceMs: Math.max(openedAt, resolvedAt - quietForMs) };
}

/** Flapping with one more breach. */
export function nextFlapping({ count, sinceMs }: Flapping): Flapping {
  return { count: count + 1, sinceMs };
}

/** Summary of a breach with its flapping. */
export function flappingSummary(summary: string, flapping: Flapping, nowMs: number): string {
  return `${summary}; flapping: ${timesIn(flapping, nowMs)}`;
}

/** Summary of the resolution of what flapped. */
export function quietSummary(summary: string, flapping: Flapping, quietSinceMs: number): string {
  const quiet = formatDuration(quietForMs);
  return `${summary}, and quiet for ${quiet} after flapping: ${timesIn(flapping, quietSinceMs)}`;
}

function timesIn({ count, sinceMs }: Flapping, untilMs: number): string {
  return `${count} times in ${formatDuration(untilMs - sinceMs)}`;
}
