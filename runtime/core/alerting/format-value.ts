import type { Unit } from './incident-details.ts';

/** Formats a value with its unit: `81.3%`, `512 MB`, `800 ms`, `12.5 s`. */
export function formatValue(value: number, unit: Unit): string {
  switch (unit) {
    case 'percent':
      return `${rounded(value)}%`;
    case 'bytes':
      return value >= 999.5e6 ? `${rounded(value / 1e9)} GB` : `${rounded(value / 1e6)} MB`;
    case 'ms':
      return value >= 9_999.5 ? `${rounded(value / 1_000)} s` : `${rounded(value)} ms`;
    case 'count':
      return value > 1e6 ? 'more than 1,000,000' : rounded(value);
  }
}

/** Rounds to one decimal below a hundred and to none above, without a trailing zero. */
function rounded(value: number): string {
  return String(Number(value.toFixed(Math.abs(value) < 100 ? 1 : 0)));
}
