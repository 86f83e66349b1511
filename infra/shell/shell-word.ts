/** Word of a shell script, in quotes if the shell would read it otherwise. */
export function shellWord(word: string): string {
  return /^[\w.:/@=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
