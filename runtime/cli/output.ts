import { InvalidArgumentError } from 'commander';

/** Options of every command that prints. */
export interface OutputOptions {
  /** Print one line of JSON instead of text for people. */
  readonly json?: boolean;
}

/** Prints `value` as one line of JSON, or else `text`. */
export function print(options: OutputOptions, value: unknown, text: string): void {
  console.log(options.json === true ? JSON.stringify(value) : text);
}

/** Text with columns as wide as their widest cell, two spaces apart. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, column) => Math.max(cell.length, widest[column] ?? 0)),
    [],
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Returns a parser of an option's whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`must be a whole number from ${least} to ${most}, got ${text}`);
  };
}

/** Parses a timeout: whole milliseconds, at most one hour. */
export const timeoutMs = wholeNumber(0, 3_600_000);

/** Parses an option that may be repeated: adds its value to those before. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
