/** Mulberry32: small, fast, and the same numbers every time. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Number of `count` independent events of this probability that happen: by inversion, one random
 * number for all of them (Devroye 1986, "Non-Uniform Random Variate Generation", section X.4).
 */
export function binomial(count: number, probability: number, chance: () => number): number {
  if (count === 0 || probability <= 0) return 0;
  if (probability > 0.5) return count - binomial(count, 1 - probability, chance);
  const odds = probability / (1 - probability);
  let term = (1 - probability) ** count;
  let left = chance() - term;
  let happened = 0;
  while (left >= 0 && happened < count) {
    happened += 1;
    term *= ((count - happened + 1) / happened) * odds;
    left -= term;
  }
  return happened;
}
