/** Makes a stack ready for the next update after one that was interrupted. */
import { ConcurrentUpdateError, type Stack } from '@pulumi/pulumi/automation/index.js';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { onControl } from '../shell/control-shell.ts';
import { exportedState } from './exported-state.ts';
import { pendingCreatesOf, type PendingCreates } from './pending-creates.ts';
import { holderState, lockHolderIn, type LockHolder } from './lock.ts';

export interface RecoveryOptions {
  /**
   * True if a lock counts as abandoned when its process cannot be checked, for example because it was
   * a CI job on another machine. A lock whose process runs on this machine is always respected.
   */
  readonly breakLock: boolean;
  /**
   * Returns the reason for which a process on another machine is certainly over; undefined if it may
   * run. Default: it may.
   */
  readonly whyOver?: (holder: LockHolder) => Promise<string | undefined>;
  /** Prints one line. */
  readonly say: (line: string) => void;
}

/**
 * Removes the abandoned lock of an interrupted update, undoes the creations that it did not finish
 * and removes them from Pulumi's state. Does nothing if no update was interrupted. If it fails
 * itself, it may be repeated.
 * @throws PerchError `conflict` while another update holds the stack.
 */
export async function recover(stack: Stack, options: RecoveryOptions): Promise<void> {
  const state = await exportedState(stack);
  const root = state.resources.find(({ type }) => type === 'pulumi:pulumi:Stack');
  if (root === undefined && state.pending_operations.length === 0) return;
  const target = root === undefined ? [] : [root.urn];
  await checkLock(stack, target, options);
  if (state.pending_operations.length === 0) return;
  await undo(pendingCreatesOf(state), options.say);
  await stack.refresh({ target, clearPendingCreates: true });
}

/**
 * Checks that no other update holds the stack.
 * @throws PerchError `conflict` while one does.
 */
export async function requireUnlocked(stack: Stack, options: RecoveryOptions): Promise<void> {
  const { resources } = await exportedState(stack);
  const root = resources.find(({ type }) => type === 'pulumi:pulumi:Stack');
  await checkLock(stack, root === undefined ? [] : [root.urn], options);
}

/** Checks that the stack is not locked: a refresh of the stack resource alone takes the lock briefly. */
async function checkLock(
  stack: Stack,
  target: string[],
  { breakLock, whyOver, say }: RecoveryOptions,
): Promise<void> {
  try {
    await stack.refresh({ target });
  } catch (error) {
    if (!(error instanceof ConcurrentUpdateError)) throw error;
    const holder = lockHolderIn(error.message);
    const state = holderState(holder);
    const who = holder?.text ?? 'another update';
    const over = state === 'unknown' && holder !== undefined ? await whyOver?.(holder) : undefined;
    const mayRun = state === 'unknown' && over === undefined;
    if (state === 'running' || (mayRun && !breakLock)) {
      throw new PerchError(
        'conflict',
        `stack ${stack.name} is locked: ${who}. Wait for that update; if it no longer runs, run ` +
          `npx perch recover --stack ${stack.name}`,
        { cause: error },
      );
    }
    const because = over === undefined ? who : `${who}, ${over}`;
    say(`the previous update was interrupted (${because}): removing its lock`);
    await stack.cancel();
    await stack.refresh({ target });
  }
}

async function undo(
  { undoable, unknown }: PendingCreates,
  say: (line: string) => void,
): Promise<void> {
  for (const { description, address, undo } of undoable) {
    say(`undoing an unfinished creation: ${description}`);
    const printed = (await onControl(address, undo)).trimEnd();
    for (const line of printed === '' ? [] : printed.split('\n')) say(`  ${line}`);
  }
  for (const description of unknown) {
    say(`possibly created: ${description}; look for it and remove it by hand`);
  }
}
