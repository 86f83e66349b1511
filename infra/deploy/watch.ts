import { setTimeout as delay } from 'node:timers/promises';
import { firstLine } from './failure.ts';
import { isUnjudged, newProblems, parseStatus } from './release-health.ts';

export interface WatchOptions {
  /** Answers `perch status --json`. */
  readonly status: () => Promise<string>;
  /** What was wrong already before the update. */
  readonly before: readonly string[];
  readonly seconds: number;
  /** How long the release may be out of sight, milliseconds: ssh fails, monitors take over. Default 20,000, but never longer than `seconds`. */
  readonly patienceMs?: number;
  /** Between two looks, milliseconds. Default 2,000. */
  readonly intervalMs?: number;
}

/**
 * Looks at the release until the time is up or something is wrong.
 * @returns what was wrong; nothing when all was well to the end.
 */
export async function watchRelease(options: WatchOptions): Promise<string[]> {
  const { seconds, patienceMs = Math.min(20, seconds) * 1_000, intervalMs = 2_000 } = options;
  const deadline = performance.now() + seconds * 1_000;
  let unsureSince: number | undefined;
  for (;;) {
    const { problems, doubt } = await readRelease(options);
    if (problems.length > 0) return problems;
    const now = performance.now();
    unsureSince = doubt === undefined ? undefined : (unsureSince ?? now);
    if (doubt === undefined && now >= deadline) return [];
    if (doubt !== undefined && now - (unsureSince ?? now) >= patienceMs) return [doubt];
    await delay(intervalMs);
  }
}

interface Observation {
  readonly problems: string[];
  /** Why the release cannot be said to be well, though nothing is known against it. */
  readonly doubt?: string;
}

async function readRelease({ status, before }: WatchOptions): Promise<Observation> {
  try {
    const read = parseStatus(await status());
    const problems = newProblems(read, before);
    return isUnjudged(read) ? { problems, doubt: 'no monitor judges the canary' } : { problems };
  } catch (error) {
    return { problems: [], doubt: `the release cannot be seen: ${firstLine(error)}` };
  }
}
