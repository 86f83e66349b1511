/** Durations in the summary, coarse, so that the sentence does not change every second. */
const units = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
] as const;

/** Formats a duration in one unit, rounded up: `6 min`, `90 min`, `2 h`, `under 1 min`. */
export function leftText(ms: number): string {
  const [length, unit] = unitOf(ms);
  return ms < length ? 'under 1 min' : `${Math.ceil(ms / length)} ${unit}`;
}

/** Formats the time since something happened: `just now`, `6 min ago`. */
export function agoText(ms: number): string {
  const [length, unit] = unitOf(ms);
  return ms < length ? 'just now' : `${Math.floor(ms / length)} ${unit} ago`;
}

/** Greatest unit of which there are at least two; else minutes. */
function unitOf(ms: number): readonly [length: number, unit: string] {
  return units.find(([length]) => ms >= 2 * length) ?? [60_000, 'min'];
}
