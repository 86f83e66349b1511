import { row } from './api.ts';
import type { RunPulumi } from './pulumi.ts';

/** End of a check for drift. */
export type Drift =
  | { readonly kind: 'none' }
  /** Differences between what runs and the stack's state. */
  | { readonly kind: 'found'; readonly output: string }
  /** The stack was updated during each check, so that none says anything. */
  | { readonly kind: 'updating' }
  | { readonly kind: 'failed'; readonly exitCode: number };

/** Exit code of Pulumi if there are changes, and `--expect-no-changes` was given. */
const changesExitCode = 7;
const mostChecks = 3;

export interface DriftCheck {
  readonly stack: string;
  /** Runs Pulumi, and prints what it prints. */
  readonly run: RunPulumi;
  /** Runs Pulumi in silence. */
  readonly ask: RunPulumi;
}

/**
 * Compares what runs with a stack's state. It changes nothing, runs no program and takes no lock. So
 * an update may go on meanwhile: a difference counts only if the state is that of before.
 */
export async function checkDrift({ stack, run, ask }: DriftCheck): Promise<Drift> {
  for (let check = 1; check <= mostChecks; check += 1) {
    const before = await storedAt(stack, ask);
    const { exitCode, output } = await run([
      'refresh',
      '--preview-only',
      '--expect-no-changes',
      '--diff',
      '--stack',
      stack,
    ]);
    if (exitCode === 0) return { kind: 'none' };
    if ((await storedAt(stack, ask)) !== before) continue;
    return exitCode === changesExitCode ? { kind: 'found', output } : { kind: 'failed', exitCode };
  }
  return { kind: 'updating' };
}

/** Time at which the stack's state was stored last. */
async function storedAt(stack: string, ask: RunPulumi): Promise<string> {
  const { exitCode, output, stdout } = await ask(['stack', 'export', '--stack', stack]);
  if (exitCode !== 0) throw new Error(output.trim());
  const { deployment } = row(JSON.parse(stdout));
  return String(row(row(deployment)['manifest'])['time']);
}
