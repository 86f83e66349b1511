import { setTimeout as delay } from 'node:timers/promises';
import { parseStatus, releaseProblems } from './judge-release.ts';

const intervalMs = 2_000;

/**
 * Looks at the release until the time is up or something is wrong.
 * @param status answers `perch status --json`.
 * @returns what was wrong; nothing when all was well to the end.
 */
export async function watchRelease(
  status: () => Promise<string>,
  seconds: number,
): Promise<string[]> {
  const deadline = performance.now() + seconds * 1_000;
  for (;;) {
    const problems = releaseProblems(parseStatus(await status()));
    if (problems.length > 0 || performance.now() >= deadline) return problems;
    await delay(intervalMs);
  }
}
