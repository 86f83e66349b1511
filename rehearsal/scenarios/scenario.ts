import type { Stage } from '../stage.ts';

/** Sequence of events that ends by itself and checks Perch's promises. */
export interface Scenario {
  readonly name: string;
  /** One line for the help. */
  readonly description: string;
  /** Requests per second without `--traffic`. */
  readonly traffic: number;
  /**
   * True if a monitor runs. A scenario that changes weights or slows members down on purpose runs
   * without one, because the monitor would rightly eject the canary.
   */
  readonly hasMonitor: boolean;
  /** True if the canary is restarted when it ends, as Docker would do. Default: false. */
  readonly canaryRestarts?: boolean;
  /** Acts on the stage and records checks; a failed check does not end it. */
  play(stage: Stage): Promise<void>;
}
