import { errorMessage } from '../../runtime/contract/error-message.ts';
import { plainErrorLine } from '../../runtime/contract/error-line.ts';

/** Summaries of errors of Pulumi and of other programs, one line each. Pure. */

const longest = 300;
/** Lines that the engine prints after the error itself, or instead of it. */
const uninformative =
  /^(update|preview|destroy|refresh|resource .*) failed$|^an unhandled error occurred/i;

/** Position in a provider's source, or the whole script of a command. */
const noise =
  /^\s*(?:\S+\.go:\d+: \S+: |(?:exit status|Process exited with status) \d+: running ".*":\s*)/;

/** First line of an error's message that is not empty, without the line that Node adds before it. */
export function firstLine(error: unknown): string {
  const text = errorMessage(error);
  const lines = text.split('\n').map((line) => line.trim());
  // The first line of execFile's message is the whole command.
  const [first = ''] = lines.filter((line) => line !== '' && !line.startsWith('Command failed:'));
  return shortened(first);
}

/** First error in Pulumi's output, which is the message of its `CommandError`. */
export function pulumiFailure(failure: unknown): string {
  const text = errorMessage(failure);
  const lines = text.split('\n').map((line) => line.trim());
  for (const [index, line] of lines.entries()) {
    const found = /^(?:stderr: )?error: (.*)$/.exec(line)?.[1];
    if (found === undefined || uninformative.test(found)) continue;
    const error = found.endsWith(':') ? [found, ...following(lines, index)].join(' ') : found;
    return shortened(error.replace(noise, '').replace(/: provider=\S+$/, ''));
  }
  return firstLine(failure);
}

/** Rest of the paragraph after a line that ends with a colon. */
function following(lines: readonly string[], index: number): string[] {
  const rest = lines.slice(index + 1);
  const end = rest.indexOf('');
  const paragraph = end === -1 ? rest : rest.slice(0, end);
  return paragraph.filter((line) => !line.startsWith('error:')).map(plainErrorLine);
}

function shortened(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
