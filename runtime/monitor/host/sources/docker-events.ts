import { labels } from '../../../contract/labels.ts';
import type { DockerEngine } from '../engine/docker-engine.ts';

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

/** OOM kills in containers of the service between two times, milliseconds since the epoch. */
export async function oomKills(
  docker: DockerEngine,
  { service, fromMs, toMs }: OomKillQuery,
): Promise<ContainerEvent[]> {
  const filters = { type: ['container'], event: ['oom'], label: [`${labels.service}=${service}`] };
  const events = await docker.events({ since: fromMs / 1_000, until: toMs / 1_000 }, filters);
  return events.map(({ Actor, timeNano }) => ({ id: Actor.ID, at: Math.floor(timeNano / 1e6) }));
}
