/** Lines of a board that fit the columns and rows of a terminal. */
import { stripVTControlCharacters } from 'node:util';

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** Columns of the headings of sections, such as `Traffic  `. */
export const headingColumns = 9;

/** Puts parts side by side, and on more lines if they are too wide. Each line begins with `indent`. */
export function flow(
  parts: readonly string[],
  columns: number,
  { first = '', indent = first, gap = '   ' }: FlowOptions = {},
): string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const part of parts) {
    const longer = isEmpty ? `${line}${part}` : `${line}${gap}${part}`;
    if (isEmpty || widthOf(longer) <= columns) {
      line = longer;
    } else {
      lines.push(line);
      line = `${indent}${part}`;
    }
    isEmpty = false;
  }
  return [...lines, line];
}

interface FlowOptions {
  /** Begins the first line. Default: nothing. */
  readonly first?: string;
  /** Begins the others. Default: `first`. */
  readonly indent?: string;
  /** Stands between two parts. Default: three spaces. */
  readonly gap?: string;
}

/** Breaks a sentence between words. */
export function wrap(text: string, columns: number, options: FlowOptions = {}): string[] {
  return flow(text.split(' '), columns, { gap: ' ', ...options });
}

/**
 * Newest entries that fit into `rows` lines, oldest first; the newest one in any case.
 * @param entries lines of each entry, oldest first.
 */
export function newestThatFit(entries: readonly (readonly string[])[], rows: number): string[] {
  let used = 0;
  const shown = entries.toReversed().filter((lines, index) => {
    used += lines.length;
    return index === 0 || used <= rows;
  });
  return shown.toReversed().flat();
}

function widthOf(line: string): number {
  return stripVTControlCharacters(line).length;
}
