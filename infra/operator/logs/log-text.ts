import type { LogLine } from './log-line.ts';

// Cyan, yellow, green, magenta, blue, and their bright kinds; red looks like an error.
const colours = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94];

/** Prints log lines for people: a prefix for each container, in a colour of its own on a terminal. */
export class LogText {
  readonly #colourful: boolean;
  readonly #colourOf = new Map<string, number>();
  #width = 0;

  constructor(colourful: boolean) {
    this.#colourful = colourful;
  }

  /** Gives the prefixes of these containers one width. */
  align(names: readonly string[]): void {
    this.#width = Math.max(this.#width, ...names.map(({ length }) => length));
  }

  line({ from, text }: LogLine): string {
    this.align([from]);
    const prefix = `${from.padEnd(this.#width)} |`;
    return `${this.#colourful ? this.#coloured(from, prefix) : prefix} ${text}`;
  }

  #coloured(from: string, prefix: string): string {
    const known = this.#colourOf.get(from) ?? colours[this.#colourOf.size % colours.length] ?? 0;
    this.#colourOf.set(from, known);
    return `\u001B[${known}m${prefix}\u001B[0m`;
  }
}
