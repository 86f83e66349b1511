/** Parts of the help that are the same for many commands. */
import type { Command } from 'commander';
import { env } from '../contract/env.ts';

/** Environment of every command that asks Redis. */
export const environmentHelp = `
Environment:
  ${env.service}    name of the service
  ${env.redisUrl}  redis:// or rediss:// URL with the password`;

/** Commands that name their environment themselves, or need none. */
const ownEnvironment: readonly string[] = ['proxy', 'app', 'monitor', 'console', 'certificate'];
const withoutService = 'test-alert';
/** Command that does something itself beside those below it. */
const withOwnAction = 'incidents';

/** End of the description of an option or argument that must be given. */
const requiredMark = /; required$/;

/**
 * Completes the help of a command and of those below it: which options are required, and which
 * environment it needs.
 * @param top name of the command below `perch`.
 */
export function completeHelp(command: Command, top = command.name()): void {
  command.usage(usageOf(command));
  const needsIt = command.commands.length === 0 || command.name() === withOwnAction;
  // The demo app names its own environment; the commands below it have that of all.
  const isBelowApp = top === 'app' && command.name() !== top;
  const isSilent = ownEnvironment.includes(top) && !isBelowApp;
  if (needsIt && !isSilent && top !== withoutService) command.addHelpText('after', environmentHelp);
  for (const child of command.commands) completeHelp(child, top);
}

/** Required options, `[options]` for the others, and arguments. */
function usageOf({ registeredArguments, options, commands }: Command): string {
  const args = registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    const isRequired = argument.required || requiredMark.test(argument.description);
    return isRequired ? `<${name}>` : `[${name}]`;
  });
  const required = options
    .filter(({ description }) => requiredMark.test(description))
    .map(({ flags }) => flags);
  const more = commands.length > 0 ? ['[command]'] : [];
  return [...required, '[options]', ...more, ...args].join(' ');
}
