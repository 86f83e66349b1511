import { shellWord } from './shell-word.ts';

/**
 * Body of a shell script that runs its arguments and ends them when its standard input ends. A program
 * without a terminal would outlive the connection over which it was started.
 */
export const untilInputEnds = `exec 3<&0
"$@" < /dev/null 3<&- & child=$!
{ read -r _ <&3; kill "$child"; } > /dev/null 2>&1 & watch=$!
wait "$child"; code=$?
kill "$watch" 2> /dev/null
exit "$code"`;

/** Shell script that runs a program until its standard input ends; both outputs become one. */
export function untilInputEndsMerged(words: readonly string[]): string {
  return `set -- ${words.map(shellWord).join(' ')}\nexec 2>&1\n${untilInputEnds}`;
}
