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

/** Formats a duration in at most two parts: `45 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

/** Rounds to one decimal below a hundred and to none above, without a trailing zero. */
function rounded(value: number): string {
  return String(Number(value.toFixed(Math.abs(value) < 100 ? 1 : 0)));
}
