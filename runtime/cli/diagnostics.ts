/**
 * Everything that a command says on stderr. With `--json` each line is JSON: `{"error": …}` as the
 * last one of a command that fails, `{"hint": …}` for anything else.
 */
import type { PerchError } from '../contract/perch-error.ts';

/** True if the command line asks for JSON. What follows `--` is no option. */
export function isJsonAsked(args: readonly string[] = process.argv.slice(2)): boolean {
  const end = args.indexOf('--');
  return (end === -1 ? args : args.slice(0, end)).includes('--json');
}

/** Prints what a person should know meanwhile: one line. */
export function printHint(text: string): void {
  console.error(isJsonAsked() ? JSON.stringify({ hint: text }) : `perch: ${text}`);
}

/** Prints why the command failed: one line. */
export function printError({
  code,
  message,
  problems,
}: Pick<PerchError, 'code' | 'message' | 'problems'>): void {
  const line = isJsonAsked()
    ? JSON.stringify({ error: { code, message, problems } })
    : `perch: ${message}`;
  console.error(line);
}
