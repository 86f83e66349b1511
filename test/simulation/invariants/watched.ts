import type { Containers } from '../actors/containers.ts';
import type { People } from '../actors/people.ts';
import type { World } from '../world.ts';

export interface Watched {
  readonly world: World;
  readonly people: People;
  readonly containers: Containers;
}

/** Checks at the end of a run, and numbers that show what the run did. */
export interface Invariants {
  readonly atEnd: () => void;
  /** False while something is due that the run waits for. Default: true. */
  readonly isDone?: () => boolean;
  readonly counts: Record<string, number>;
}
