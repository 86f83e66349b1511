/** CI runs whose updates hold locks, and whether they are over. */
import { z } from 'zod';
import type { LockHolder } from '../recovery/lock.ts';
import { firstLine } from './failure.ts';
import { parseHistory, type RecordedRelease } from './rollback-target.ts';
import type { StackPerch } from './stack-perch.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Longest time between the record of a release and the lock of its update, clock errors included. */
const nearMs = 120_000;
const timeoutMs = 10_000;
const runSchema = z.object({ status: z.string() });

/**
 * CI run whose update took a lock: its record is open, and began on the lock's machine when the lock
 * was taken. Pure.
 * @param history releases of all stacks, newest first.
 */
export function runOfLock(
  history: readonly RecordedRelease[],
  stack: string,
  { host, at }: Pick<LockHolder, 'host' | 'at'>,
): string | undefined {
  const newest = history.find((record) => record.stack === stack);
  const isOfLock =
    newest?.outcome === 'deploying' && newest.host === host && Math.abs(newest.at - at) <= nearMs;
  return isOfLock ? newest.run : undefined;
}

/**
 * Reports whether GitHub says that a run is over.
 * @param run URL of the run's attempt.
 * @throws what `fetch` throws.
 */
export async function isRunOver(run: string, environment: Environment): Promise<boolean> {
  const { GITHUB_API_URL: api, GITHUB_TOKEN: token } = environment;
  const found = /^(.+)\/([^/]+\/[^/]+)\/actions\/runs\/(\d+)\/attempts\/(\d+)$/.exec(run);
  if (found === null || api === undefined || token === undefined) return false;
  const [, server, repository, id, attempt] = found;
  if (server !== environment['GITHUB_SERVER_URL']) return false;
  const url = `${api}/repos/${repository}/actions/runs/${id}/attempts/${attempt}`;
  const response = await fetch(url, {
    headers: { accept: 'application/vnd.github+json', authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!response.ok) throw new Error(`GitHub answers ${response.status} for ${url}`);
  return runSchema.parse(await response.json()).status === 'completed';
}

export interface LockedStack {
  /** Stack, as its records name it. */
  readonly stack: string;
  readonly perch: StackPerch;
  /** Prints one line. */
  readonly say: (line: string) => void;
}

/** Returns the reason for which the update that took a lock is over. Undefined: it may still run. */
export async function whyOver(
  { stack, perch, say }: LockedStack,
  holder: LockHolder,
): Promise<string | undefined> {
  try {
    const history = parseHistory(await perch.run(['history', '--json']));
    const run = runOfLock(history, stack, holder);
    if (run === undefined || !(await isRunOver(run, process.env))) return undefined;
    return `and its run is over: ${run}`;
  } catch (error) {
    // The lock is then respected.
    say(`the run that holds the lock could not be asked for: ${firstLine(error)}`);
    return undefined;
  }
}
