import type { Containers } from '../actors/containers.ts';
import type { People } from '../actors/people.ts';
import type { World } from '../world.ts';
import { watchAlerts } from './alerts.ts';
import { watchDocuments } from './documents.ts';
import { watchLeaders } from './leaders.ts';
import { watchMembers } from './members.ts';

export interface Watched {
  readonly world: World;
  readonly people: People;
  readonly containers: Containers;
}

/** Checks at the end of a run, and numbers that show what the run did. */
export interface Invariants {
  readonly atEnd: () => void;
  readonly counts: Record<string, number>;
}

/** Watches all invariants of one run. */
export function watchInvariants(watched: Watched): Invariants {
  const all = [watchDocuments, watchLeaders, watchMembers, watchAlerts].map((watch) =>
    watch(watched),
  );
  return {
    atEnd: () => {
      for (const { atEnd } of all) atEnd();
    },
    get counts() {
      return Object.assign({}, ...all.map(({ counts }) => counts)) as Record<string, number>;
    },
  };
}
