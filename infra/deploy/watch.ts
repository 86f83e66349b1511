import { setTimeout as delay } from 'node:timers/promises';
import { firstLine } from './failure.ts';
import { isUnjudged, newProblems, parseStatus, type ReleaseStatus } from './release-health.ts';

export interface WatchOptions {
  /** Prints `perch status --json`. */
  readonly status: () => Promise<string>;
  /** Problems that the release had before the update. */
  readonly before: readonly string[];
  /** Returns the reason for which the release is not yet as it must become. Default: none. */
  readonly expected?: ((status: ReleaseStatus) => string | undefined) | undefined;
  /** Duration of the watch. */
  readonly seconds: number;
  /**
   * Milliseconds for which the status may be unavailable, because ssh fails or another monitor takes
   * over. Default: 20,000, but never longer than `seconds`.
   */
  readonly patienceMs?: number;
  /** Ends the watch early. Default: nothing does. */
  readonly signal?: AbortSignal;
  /** Milliseconds between two reads of the status. Default: 2,000. */
  readonly intervalMs?: number;
}

/**
 * Reads the status of the release until the time is up, the signal aborts or the release has a problem.
 * @returns the problems; empty if the release was healthy to the end.
 */
export async function watchRelease(options: WatchOptions): Promise<string[]> {
  const { seconds, patienceMs = Math.min(20, seconds) * 1_000, intervalMs = 2_000 } = options;
  const { signal } = options;
  const deadline = performance.now() + seconds * 1_000;
  let doubtSince: number | undefined;
  for (;;) {
    const { problems, doubt } = await checkRelease(options);
    if (problems.length > 0) return problems;
    const now = performance.now();
    doubtSince = doubt === undefined ? undefined : (doubtSince ?? now);
    if (signal?.aborted === true || (doubt === undefined && now >= deadline)) return [];
    if (doubt !== undefined && now - (doubtSince ?? now) >= patienceMs) return [doubt];
    await delay(intervalMs, undefined, { signal }).catch(() => undefined);
  }
}

interface ReleaseCheck {
  readonly problems: string[];
  /** The reason for which the release is not known to be healthy, although it has no known problem. */
  readonly doubt?: string;
}

async function checkRelease({ status, before, expected }: WatchOptions): Promise<ReleaseCheck> {
  try {
    const read = parseStatus(await status());
    const problems = newProblems(read, before);
    const doubt = isUnjudged(read) ? 'no monitor judges the canary' : expected?.(read);
    return doubt === undefined ? { problems } : { problems, doubt };
  } catch (error) {
    return { problems: [], doubt: `the release's status is unavailable: ${firstLine(error)}` };
  }
}
