/** What every command can be asked for. */
export interface OutputOptions {
  /** One line of JSON instead of text for people. */
  readonly json?: boolean;
}

export function print(options: OutputOptions, value: unknown, text: string): void {
  console.log(options.json === true ? JSON.stringify(value) : text);
}

/** Columns as wide as their widest cell, two blanks apart. */
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
