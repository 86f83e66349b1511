import type { Stage } from '../stage.ts';
import type { TrafficOptions } from '../traffic/traffic.ts';

/** Sequence of events that ends by itself and checks Perch's promises. */
export interface Scenario extends Pick<TrafficOptions, 'kinds' | 'clientTimeoutMs'> {
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
  /** True if the canary has no share until the scenario gives it one. Default: false. */
  readonly beginsWithoutShare?: boolean;
  /** True if there is no canary until the scenario adds one. Default: false. */
  readonly beginsWithoutCanary?: boolean;
  /** True if its traffic names a host, so that other services can join. Default: false. */
  readonly hasHostName?: boolean;
  /** Time in which latencies of a new member do not count, seconds. Default: the proxy's, 30. */
  readonly warmUpSeconds?: number;
  /** Acts on the stage and records checks; a failed check does not end it. */
  play(stage: Stage): Promise<void>;
}
