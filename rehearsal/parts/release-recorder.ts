import { z } from 'zod';
import type { Track } from '../../runtime/contract/names.ts';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import type { ReleaseAction, ReleaseEnd } from '../../runtime/contract/release-record.ts';
import { host } from './fleet.ts';
import type { Perch } from './perch-command.ts';

/** Release that begins. */
export interface ReleasePlan {
  readonly track: Track;
  readonly version: string;
  readonly action: ReleaseAction;
}

const begunSchema = z.object({ release: z.string() });
const recordSchema = z.object({
  track: z.string(),
  version: z.string(),
  action: z.string(),
  outcome: z.string(),
  /** True if active members run it. */
  serves: z.boolean(),
});
const historySchema = z.object({ releases: z.array(recordSchema) });

export type ReleaseRecordView = z.infer<typeof recordSchema>;

/** Stack that the records name: a deployment names its own. */
const stack = 'rehearsal';

/** History of the service's releases, recorded by `perch history` as a deployment does. */
export class ReleaseRecorder {
  readonly #perch: Perch;

  constructor(perch: Perch) {
    this.#perch = perch;
  }

  /** Records that a release begins. @returns a function that records its end. */
  async begin(plan: ReleasePlan): Promise<(outcome: ReleaseEnd, reason?: string) => Promise<void>> {
    const begun = await this.#perch.give({ stack, host, ...plan }, 'history', 'begin');
    const { release } = begunSchema.parse(begun);
    const { track } = plan;
    return async (outcome, reason) => {
      await this.#perch.give({ release, stack, track, outcome, reason }, 'history', 'end');
    };
  }

  /** Newest first. */
  async list(): Promise<ReleaseRecordView[]> {
    return historySchema.parse(await this.#perch.run('history')).releases;
  }
}

/**
 * Version to go back to: that of the newest stable release which served before the one that serves.
 * @param history newest first.
 * @throws PerchError `process_failed` if none is recorded.
 */
export function versionBefore(history: readonly ReleaseRecordView[]): string {
  const served = history.filter(({ track, outcome }) => track === 'stable' && outcome === 'served');
  const now = served.findIndex(({ serves }) => serves);
  const version = served[now]?.version;
  const before = served.slice(now + 1).find((record) => record.version !== version);
  if (now !== -1 && before !== undefined) return before.version;
  throw new PerchError('process_failed', 'no version that served before is recorded');
}
