import { distance } from 'fastest-levenshtein';

/**
 * The known name that a misspelt or shortened one probably stands for, by edit distance
 * (Levenshtein 1966): two letters of the name or a third of them may be wrong, or a third of those
 * that a longer name begins with (`hostDsk` stands for `hostDiskPercent`).
 * @returns undefined where none is near.
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

/** `; did you mean NAME?`, to be put behind a refusal; empty where no known name is near. */
export function didYouMean(given: string, known: readonly string[]): string {
  const name = suggestName(given, known);
  return name === undefined ? '' : `; did you mean ${name}?`;
}
