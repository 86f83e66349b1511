import { stripVTControlCharacters, styleText } from 'node:util';

/** Style of `styleText` in node:util. */
export type Style = Parameters<typeof styleText>[0];

/** Applies a style to text; without colours it returns the text unchanged. */
export type Paint = (style: Style, text: string) => string;

export function painter(colours: boolean): Paint {
  if (!colours) return (_style, text) => text;
  return (style, text) => styleText(style, text, { validateStream: false });
}

/** Cuts a line to `columns`; styles in it take no column. */
export function fit(line: string, columns: number): string {
  if (stripVTControlCharacters(line).length <= columns) return line;
  let shown = 0;
  let cut = '';
  // eslint-disable-next-line no-control-regex -- styles are control sequences
  for (const part of line.split(/(\u001b\[[0-9;]*m)/)) {
    if (part.startsWith('\u001b')) {
      cut += part;
    } else {
      cut += part.slice(0, Math.max(0, columns - shown));
      shown += part.length;
    }
  }
  return cut;
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}

export function milliseconds(value: number | undefined): string {
  if (value === undefined) return '-';
  return value < 100 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;
}

/** Minutes and seconds: `01:05`. */
export function clock(elapsedMs: number): string {
  const seconds = Math.floor(elapsedMs / 1_000);
  return [Math.floor(seconds / 60), seconds % 60]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}

export function percent(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((part * 100) / whole).toFixed(1)}%`;
}
