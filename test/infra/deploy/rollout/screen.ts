import type { FollowOutput } from '../../../../infra/deploy/rollout/redrawn-lines.ts';

/** Parts of what programs write to a terminal: control sequences, and single characters. */
// eslint-disable-next-line no-control-regex -- control sequences begin with this character
const part = /\u001b\[(\?)?(\d*)([A-Za-z])|[^]/gu;

/** A terminal, as far as a live view needs one, with what was scrolled out of it. */
export class Screen implements FollowOutput {
  readonly isTTY = true;
  columns: number;
  rows: number;
  /** Everything that was written. */
  written = '';
  #lines = [''];
  #row = 0;
  #column = 0;

  constructor(columns = 80, rows = 24) {
    this.columns = columns;
    this.rows = rows;
  }

  /** Text of all rows, with those that were scrolled out. */
  get text(): string[] {
    return this.#lines.map((line) => line.trimEnd());
  }

  readonly write = (text: string): void => {
    this.written += text;
    for (const [whole, question, count, letter] of text.matchAll(part)) {
      if (letter === undefined) this.#put(whole);
      else if (question === undefined) this.#control(letter, Number(count === '' ? 1 : count));
    }
  };

  /** Changes the width as most terminals do: rows that are too long now take several. */
  resize(columns: number): void {
    this.columns = columns;
    const rows = this.#lines.map((line) => line.match(new RegExp(`.{1,${columns}}`, 'g')) ?? ['']);
    this.#row = rows.slice(0, this.#row).flat().length;
    this.#lines = rows.flat();
  }

  #put(character: string): void {
    if (character === '\r') this.#column = 0;
    else if (character === '\n') this.#newLine();
    else {
      if (this.#column === this.columns) this.#newLine();
      const line = (this.#lines[this.#row] ?? '').padEnd(this.#column);
      this.#lines[this.#row] =
        line.slice(0, this.#column) + character + line.slice(this.#column + 1);
      this.#column += 1;
    }
  }

  #newLine(): void {
    this.#row += 1;
    this.#column = 0;
    this.#lines[this.#row] ??= '';
  }

  #control(letter: string, count: number): void {
    const line = this.#lines[this.#row] ?? '';
    if (letter === 'A') {
      const top = Math.max(0, this.#lines.length - this.rows);
      this.#row = Math.max(top, this.#row - count);
    } else if (letter === 'K') this.#lines[this.#row] = line.slice(0, this.#column);
    else if (letter === 'J') {
      this.#lines.length = this.#row + 1;
      this.#lines[this.#row] = line.slice(0, this.#column);
    }
  }
}
