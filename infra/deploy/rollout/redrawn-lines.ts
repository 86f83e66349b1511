import { columnsOf } from './columns.ts';

/** Output of a rollout that is followed, such as `process.stdout`. */
export interface FollowOutput {
  readonly write: (text: string) => unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

/** Width and height of a terminal that does not say them. */
const defaultSize = { columns: 80, rows: 24 };

/** Size of the output's terminal now; 0 means that it is not known. */
export function sizeOf({ columns, rows }: FollowOutput) {
  return { columns: columns || defaultSize.columns, rows: rows || defaultSize.rows };
}

/**
 * Lines of a terminal that are written again in place. The cursor always stands below them at the
 * beginning of a line, and is never hidden, so that no way out has anything to restore.
 */
export class RedrawnLines {
  readonly #output: FollowOutput;
  #drawn: readonly string[] = [];

  constructor(output: FollowOutput) {
    this.#output = output;
  }

  /** Replaces the lines. None of them may be wider than the terminal. */
  draw(lines: readonly string[]): void {
    const { columns, rows } = sizeOf(this.#output);
    // Lines that were drawn on a wider terminal take several rows now.
    const taken = this.#drawn.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(columnsOf(line) / columns)),
      0,
    );
    const up = Math.min(taken, rows - 1);
    const back = up > 0 ? `\u001b[${up}A\r` : '';
    // Each line ends with the removal of what it was longer before; the last removes what is below.
    const text = lines.map((line) => `${line}\u001b[K\n`).join('');
    this.#output.write(`${back}${text}\u001b[J`);
    this.#drawn = lines;
  }
}
