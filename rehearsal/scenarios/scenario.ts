import type { Stage } from '../stage.ts';

/** A story that ends by itself and says whether what Perch promises held. */
export interface Scenario {
  readonly name: string;
  /** One line, for people who choose. */
  readonly summary: string;
  /** Requests a second, unless the person says otherwise. */
  readonly traffic: number;
  /**
   * Whether a monitor judges the canary meanwhile. Where one alone changes the weights and makes
   * members slow on purpose, a judge would rightly interfere.
   */
  readonly hasMonitor: boolean;
  /** Whether the canary is started again when it ends, as Docker would. Default false. */
  readonly canaryRestarts?: boolean;
  /** Acts on the stage and notes its checks; a failed check does not end it. */
  play(stage: Stage): Promise<void>;
}
