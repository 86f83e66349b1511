import { PerchError } from '../../../runtime/contract/perch-error.ts';
import { ejectCommand, reinstateCommand } from '../../../runtime/cli/ejection-commands.ts';
import { memberCommand } from '../../../runtime/cli/member-command.ts';
import { rolloutCommand } from '../../../runtime/cli/rollout-command.ts';
import { restoreCommand } from '../../../runtime/cli/restore-command.ts';
import { weightCommand } from '../../../runtime/cli/weight-command.ts';
import { giveInput } from '../platform/input.ts';
import { outputOf } from '../platform/output.ts';
import type { VirtualProcess } from '../kernel/virtual-process.ts';
import type { World } from '../world.ts';

/** End of one command: its code, and what it printed. */
export interface CommandEnd {
  readonly code: 'done' | 'killed' | PerchError['code'];
  readonly output: string;
  /** Virtual time of the end, milliseconds; the caller may go on much later. */
  readonly endedAtMs: number;
}

const commands = new Map(
  Object.entries({
    eject: ejectCommand,
    member: memberCommand,
    reinstate: reinstateCommand,
    restore: restoreCommand,
    rollout: rolloutCommand,
    weight: weightCommand,
  }),
);

type Command = ReturnType<typeof memberCommand>;

/**
 * Runs one `perch` command in a process of its own; settles in the caller's process. `who` types it:
 * a person or a stack. `input` is on its stdin.
 */
export function perch(
  world: World,
  who: string,
  args: readonly string[],
  input: object = {},
): Promise<CommandEnd> {
  const { kernel } = world;
  const caller = kernel.current;
  const { promise, resolve } = Promise.withResolvers<CommandEnd>();
  const end = (code: CommandEnd['code']) => {
    kernel.note(`${name}: ${code}`);
    const result = { code, output: outputOf(process).join('\n'), endedAtMs: kernel.nowMs };
    kernel.schedule(1, () => resolve(result), caller);
  };
  const name = `${who}:perch ${args.filter((arg) => !arg.startsWith('--')).join(' ')}`;
  let hasEnded = false;
  const process = world.start(name, world.control, async () => {
    const code = await run(args);
    hasEnded = true;
    end(code);
    process.end();
  });
  giveInput(process, input);
  process.onEnd(() => {
    if (!hasEnded) end('killed');
  });
  return promise;
}

/** True if the process runs this `perch` command. */
export function isRunOf({ name }: VirtualProcess, command: string): boolean {
  return name.includes(`:perch ${command}`);
}

async function run([name = '', ...args]: readonly string[]): Promise<CommandEnd['code']> {
  const command = commands.get(name)?.();
  if (command === undefined) throw new Error(`unknown command ${name}`);
  throwInsteadOfExit(command);
  try {
    await command.parseAsync(args, { from: 'user' });
    return 'done';
  } catch (error) {
    if (error instanceof PerchError) return error.code;
    throw error;
  }
}

function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) throwInsteadOfExit(child);
}
