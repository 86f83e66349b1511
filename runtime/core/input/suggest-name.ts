import { distance } from 'fastest-levenshtein';

/** With a larger share of wrong letters a name is another one, not the same misspelt. */
const mostWrong = 0.6;

/** The name that was probably meant, by edit distance (Levenshtein 1966); undefined when none is near. */
export function nearestName(given: string, known: readonly string[]): string | undefined {
  const candidates = known.map((name) => ({ name, wrong: wrongShare(given, name) }));
  const [nearest] = candidates.sort((a, b) => a.wrong - b.wrong);
  return nearest === undefined || nearest.wrong > mostWrong ? undefined : nearest.name;
}

/** Not the distance itself: by that, every short name would be near. */
function wrongShare(given: string, name: string): number {
  return distance(given, name) / Math.max(given.length, name.length);
}
