/** Reads of releases by the `perch` command of their stack. */
import { z } from 'zod';
import { parseStatus, releaseProblems } from './release-health.ts';
import { parseHistory, type RecordedRelease } from './rollback-target.ts';
import type { StackPerch } from './stack-perch.ts';

// The names that `perch incidents --json` has printed since release 0.1.
const incidentsSchema = z.array(
  z.object({ rule: z.string(), facts: z.object({ headline: z.string() }) }),
);

/** Problems of the release before the update; none if it cannot be read. */
export async function problemsBefore(perch: StackPerch): Promise<string[]> {
  try {
    return releaseProblems(parseStatus(await perch.run(['status', '--json'])));
  } catch {
    // Then no problem counts as known before the update, so none is excused after it.
    return [];
  }
}

/** The judge's reasons, if it ejected a canary; none if they cannot be read. */
export async function ejectionReasons(perch: StackPerch): Promise<string[]> {
  try {
    const open = incidentsSchema.parse(JSON.parse(await perch.run(['incidents', '--json'])));
    return open.filter(({ rule }) => rule === 'canary-ejected').map(({ facts }) => facts.headline);
  } catch {
    // The failure is then reported without the judge's reason.
    return [];
  }
}

const mostRecords = 1_000;

/**
 * Reads the recorded releases of the service, newest first.
 * @throws PerchError as StackPerch does.
 */
export async function readHistory(perch: Pick<StackPerch, 'run'>): Promise<RecordedRelease[]> {
  return parseHistory(await perch.run(['history', '--json', `--limit=${mostRecords}`]));
}
