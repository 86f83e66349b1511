/** Makes a stack ready for the next update after one that was cut off. */
import { ConcurrentUpdateError, type Stack } from '@pulumi/pulumi/automation/index.js';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { onControl } from '../shell/control-shell.ts';
import { readState } from './exported-state.ts';
import { pendingCreatesOf, type PendingCreates } from './pending-creates.ts';
import { holderState, lockHolderIn } from './lock.ts';

export interface RecoveryOptions {
  /**
   * Whether a lock of a process that cannot be asked is taken for left behind, such as that of a
   * CI job on another machine. One whose process runs here is respected in any case.
   */
  readonly breakLock: boolean;
  /** Gets one line for people at a time. */
  readonly say: (line: string) => void;
}

/**
 * Takes away the lock that was left behind, undoes what was half made, and clears Pulumi's note of
 * it. Does nothing when no update was cut off. May be repeated when it fails itself.
 * @throws PerchError `conflict` while another update holds the stack.
 */
export async function recover(stack: Stack, { breakLock, say }: RecoveryOptions): Promise<void> {
  const { deployment } = (await stack.exportStack()) as { deployment: unknown };
  const state = readState(deployment);
  const root = state.resources.find(({ type }) => type === 'pulumi:pulumi:Stack');
  if (root === undefined && state.pending_operations.length === 0) return;
  const target = root === undefined ? [] : [root.urn];
  await takeLock(stack, target, { breakLock, say });
  if (state.pending_operations.length === 0) return;
  await undo(pendingCreatesOf(state), say);
  await stack.refresh({ target, clearPendingCreates: true });
}

/** A refresh of nothing but the stack itself takes the lock for a moment. */
async function takeLock(
  stack: Stack,
  target: string[],
  { breakLock, say }: RecoveryOptions,
): Promise<void> {
  try {
    await stack.refresh({ target });
  } catch (error) {
    if (!(error instanceof ConcurrentUpdateError)) throw error;
    const holder = lockHolderIn(error.message);
    const state = holderState(holder);
    const who = holder?.text ?? 'another update';
    if (state === 'running' || (state === 'unknown' && !breakLock)) {
      throw new PerchError(
        'conflict',
        `stack ${stack.name} is locked: ${who}. Wait for that update; if it is over, run ` +
          `npm run recover -- --stack ${stack.name}`,
        { cause: error },
      );
    }
    say(`the update before was cut off (${who}): its lock is taken away`);
    await stack.cancel();
    await stack.refresh({ target });
  }
}

async function undo(
  { undoable, unknown }: PendingCreates,
  say: (line: string) => void,
): Promise<void> {
  for (const { description, address, undo } of undoable) {
    say(`half made: ${description}; it is undone`);
    await onControl(address, undo);
  }
  for (const description of unknown)
    say(`half made, perhaps: ${description}; look for it and remove it by hand`);
}
