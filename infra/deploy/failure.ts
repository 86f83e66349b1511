import { errorMessage } from '../../runtime/contract/error-message.ts';

/** Errors of Pulumi and of programs, in one line for people. Pure. */

const longest = 300;
/** What the engine says after the error itself, or in place of it. */
const empty = /^(update|preview|destroy|refresh|resource .*) failed$|^an unhandled error occurred/i;

/** Where in a provider it happened, and the whole script of a command. */
const noise = /^\s*(?:\S+\.go:\d+: \S+: |exit status \d+: running ".*":\s*)/;

/** The first line that says something, without what Node puts before it. */
export function firstLine(error: unknown): string {
  const text = errorMessage(error);
  const lines = text.split('\n').map((line) => line.trim());
  // execFile's own first line is the whole command.
  const [first = ''] = lines.filter((line) => line !== '' && !line.startsWith('Command failed:'));
  return shortened(first);
}

/** What Pulumi's own output names as the error; that output is the message of its `CommandError`. */
export function pulumiFailure(error: unknown): string {
  const text = errorMessage(error);
  const lines = text.split('\n').map((line) => line.trim());
  for (const [index, line] of lines.entries()) {
    const found = /^(?:stderr: )?error: (.*)$/.exec(line)?.[1];
    if (found === undefined || empty.test(found)) continue;
    const whole = found.endsWith(':') ? [found, ...following(lines, index)].join(' ') : found;
    return shortened(whole.replace(noise, '').replace(/: provider=\S+$/, ''));
  }
  return firstLine(error);
}

/** The paragraph that goes on after a line that ends with a colon. */
function following(lines: readonly string[], index: number): string[] {
  const rest = lines.slice(index + 1);
  const end = rest.indexOf('');
  return (end === -1 ? rest : rest.slice(0, end)).filter((line) => !line.startsWith('error:'));
}

function shortened(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
