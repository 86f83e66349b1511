import type Docker from 'dockerode';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { labels } from '../../../contract/labels.ts';

const eventSchema = z.object({
  Actor: z.object({ ID: z.string() }),
  timeNano: z.number(),
});

export interface ContainerEvent {
  /** The container's id. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/**
 * Containers of the service in which the kernel killed a process for want of memory, from `fromMs`
 * up to `toMs`. An ended stretch of the engine's events is an answer that ends, so there is no
 * stream to keep alive.
 */
export async function oomKillsSince(
  docker: Docker,
  service: string,
  fromMs: number,
  toMs: number,
): Promise<ContainerEvent[]> {
  const filters = { type: ['container'], event: ['oom'], label: [`${labels.service}=${service}`] };
  const events = await docker.getEvents({
    since: fromMs / 1_000,
    until: toMs / 1_000,
    filters: JSON.stringify(filters),
  });
  const lines = (await text(events)).split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const { Actor, timeNano } = eventSchema.parse(JSON.parse(line));
    return { id: Actor.ID, at: Math.floor(timeNano / 1e6) };
  });
}
