import { distance } from 'fastest-levenshtein';

/** Up to this length, a name with two wrong letters is another word: `tls` does not mean `sms`. */
const shortLetters = 5;

/**
 * Known name that a misspelt or shortened one probably stands for. A third of the given name may be
 * wrong, of a name of up to 5 letters one letter, compared with the whole known name or with its
 * beginning (`hostDsk` stands for `hostDiskPercent`).
 * @returns undefined if no known name is near.
 */
export function suggestName(given: string, known: readonly string[]): string | undefined {
  if (given.length < 2) return undefined;
  const isShort = given.length <= shortLetters;
  const third = given.length / 3;
  const most = isShort ? 1 : third;
  const mostInBeginning = isShort ? 0 : Math.ceil(third) - 1;
  const near = known
    .map((name) => ({
      name,
      whole: wrongLetters(given, name),
      beginning: wrongLetters(given, name.slice(0, given.length)),
    }))
    .filter(({ whole, beginning }) => whole <= most || beginning <= mostInBeginning)
    .map(({ name, whole, beginning }) => ({ name, wrong: Math.min(whole, beginning) }));
  return near.sort((a, b) => a.wrong - b.wrong)[0]?.name;
}

/**
 * Edit distance (Levenshtein 1966), in which two letters that changed places count as one error
 * (Damerau 1964).
 */
function wrongLetters(given: string, name: string): number {
  const errors = distance(given, name);
  return errors === 2 && sortedLetters(given) === sortedLetters(name) ? 1 : errors;
}

function sortedLetters(name: string): string {
  return name.split('').toSorted().join('');
}

/** `; did you mean NAME?`, to append to an error message; empty if no known name is near. */
export function didYouMean(given: string, known: readonly string[]): string {
  const name = suggestName(given, known);
  return name === undefined ? '' : `; did you mean ${name}?`;
}
