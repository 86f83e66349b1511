import type Docker from 'dockerode';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { labels } from '../../../contract/labels.ts';

const eventSchema = z.object({
  Actor: z.object({ ID: z.string() }),
  timeNano: z.number(),
});

export interface OomKillQuery {
  readonly service: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface ContainerEvent {
  /** The container's id. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/**
 * OOM kills in containers of the service between two times, milliseconds since the epoch. Events of
 * a past period are a response that ends, so there is no stream to keep alive.
 */
export async function oomKills(
  docker: Docker,
  { service, fromMs, toMs }: OomKillQuery,
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
