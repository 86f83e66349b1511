import type { Stack } from '@pulumi/pulumi/automation/index.js';
import { followControl } from '../recovery/follow-control.ts';
import { recover } from '../recovery/recovery.ts';
import { whyOver } from './ci-runs.ts';
import { programName } from './release-log.ts';
import type { StackPerch } from './stack-perch.ts';

export interface ReadyArgs {
  readonly stack: Stack;
  readonly perch: StackPerch;
  /** Prints one line. */
  readonly say: (line: string) => void;
}

/**
 * Makes a stack ready for an update: recovers from an interrupted one, breaks its lock if it is
 * certainly over, and moves `perch` to a host that answers.
 * @throws PerchError `conflict` while another update holds the stack.
 */
export async function makeReady({ stack, perch, say }: ReadyArgs): Promise<void> {
  const locked = { stack: programName(stack.name), perch, say };
  await recover(stack, {
    breakLock: false,
    whyOver: (holder) => whyOver(locked, holder),
    say,
  });
  perch.forget();
  await followControl(stack, await perch.outputs(), say);
}
