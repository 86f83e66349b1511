/** Markdown table. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A share from 0 to 1 in percent. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

/** A number of seconds as people say it. */
export function duration(seconds: number): string {
  if (Number.isNaN(seconds)) return 'none';
  return seconds < 600 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
