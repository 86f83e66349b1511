import { distance } from 'fastest-levenshtein';

/**
 * Known name that a misspelt or shortened one probably stands for, by edit distance (Levenshtein
 * 1966). Two letters or a third of the given name may be wrong, compared with the whole known name
 * or with its beginning (`hostDsk` stands for `hostDiskPercent`).
 * @returns undefined if no known name is near.
 */
export function suggestName(given: string, known: readonly string[]): string | undefined {
  const third = given.length / 3;
  const most = Math.min(Math.max(2, third), given.length - 1);
  const near = known
    .map((name) => ({
      name,
      whole: distance(given, name),
      beginning: distance(given, name.slice(0, given.length)),
    }))
    .filter(({ whole, beginning }) => whole <= most || beginning < third)
    .map(({ name, whole, beginning }) => ({ name, wrong: Math.min(whole, beginning) }));
  return near.sort((a, b) => a.wrong - b.wrong)[0]?.name;
}

/** `; did you mean NAME?`, to append to an error message; empty if no known name is near. */
export function didYouMean(given: string, known: readonly string[]): string {
  const name = suggestName(given, known);
  return name === undefined ? '' : `; did you mean ${name}?`;
}
