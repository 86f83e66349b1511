import type { Stage } from '../stage.ts';

/** A story that ends by itself and says whether what Perch promises held. */
export interface Scenario {
  readonly name: string;
  /** One line, for people who choose. */
  readonly summary: string;
  /** Requests a second, unless the person says otherwise. */
  readonly traffic: number;
  /** Acts on the stage and notes its checks; a failed check does not end it. */
  play(stage: Stage): Promise<void>;
}
