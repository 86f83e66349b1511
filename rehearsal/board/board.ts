import type { WriteStream } from 'node:tty';
import type { Snapshot } from './snapshot.ts';
import { fit, type Paint } from './text.ts';
import { boardLine, boardLines } from './view.ts';

/** What a board draws, asked anew each time. */
export type TakeSnapshot = () => Snapshot;

/** Something that shows how things go until it is stopped. */
export interface Board {
  start(look: TakeSnapshot): void;
  stop(): void;
}

const redrawMs = 250;
const lineEveryMs = 5_000;

const enter = '\u001b[?1049h\u001b[?25l';
const leave = '\u001b[?25h\u001b[?1049l';
const home = '\u001b[H';
const clearLine = '\u001b[K';
const clearBelow = '\u001b[J';
/** Terminals that know it show a frame whole (mode 2026); others ignore it. */
const beginFrame = '\u001b[?2026h';
const endFrame = '\u001b[?2026l';

/** Redraws in place on a screen of its own, and leaves the terminal as it was. */
export class LiveBoard implements Board {
  readonly #terminal: WriteStream;
  readonly #paint: Paint;
  #timer: NodeJS.Timeout | undefined;
  #draw = () => {};

  constructor(terminal: WriteStream, paint: Paint) {
    this.#terminal = terminal;
    this.#paint = paint;
  }

  start(look: TakeSnapshot): void {
    this.#terminal.write(enter);
    this.#draw = () => this.#terminal.write(this.#frame(look()));
    this.#draw();
    this.#timer = setInterval(this.#draw, redrawMs);
    this.#terminal.on('resize', this.#draw);
  }

  stop(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#terminal.off('resize', this.#draw);
    this.#terminal.write(leave);
  }

  /** Over the old frame, never after an erased one: an empty screen in between would flicker. */
  #frame(snapshot: Snapshot): string {
    const { columns, rows } = this.#terminal;
    const lines = boardLines(snapshot, this.#paint)
      .slice(0, rows)
      .map((line) => `${fit(line, columns)}${clearLine}`);
    return `${beginFrame}${home}${lines.join('\r\n')}${clearBelow}${endFrame}`;
  }
}

/** One line now and then, where there is no terminal. */
export class PlainBoard implements Board {
  readonly #print: (line: string) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  start(look: TakeSnapshot): void {
    this.#timer = setInterval(() => this.#print(boardLine(look())), lineEveryMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
