import type { WriteStream } from 'node:tty';
import type { Snapshot } from './snapshot.ts';
import { fit, type Paint } from './text.ts';
import { boardLine, boardLines } from './view.ts';

/** Takes the snapshot that a board draws next. */
export type TakeSnapshot = () => Snapshot;

/** Shows the state of a rehearsal until it is stopped. */
export interface Board {
  start(takeSnapshot: TakeSnapshot): void;
  stop(): void;
}

const redrawMs = 250;
const lineEveryMs = 5_000;

const enterScreen = '\u001b[?1049h\u001b[?25l';
const leaveScreen = '\u001b[?25h\u001b[?1049l';
const cursorHome = '\u001b[H';
const clearLine = '\u001b[K';
const clearBelow = '\u001b[J';
/** Synchronized output (mode 2026): terminals that know it show a frame whole, others ignore it. */
const beginFrame = '\u001b[?2026h';
const endFrame = '\u001b[?2026l';

/** Redraws in place on the terminal's alternate screen, and restores the terminal at the end. */
export class LiveBoard implements Board {
  readonly #terminal: WriteStream;
  readonly #paint: Paint;
  #timer: NodeJS.Timeout | undefined;
  #draw = () => {};

  constructor(terminal: WriteStream, paint: Paint) {
    this.#terminal = terminal;
    this.#paint = paint;
  }

  start(takeSnapshot: TakeSnapshot): void {
    this.#terminal.write(enterScreen);
    this.#draw = () => this.#terminal.write(this.#frame(takeSnapshot()));
    this.#draw();
    this.#timer = setInterval(this.#draw, redrawMs);
    this.#terminal.on('resize', this.#draw);
  }

  stop(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#terminal.off('resize', this.#draw);
    this.#terminal.write(leaveScreen);
  }

  /** Draws over the old frame, because a screen cleared in between would flicker. */
  #frame(snapshot: Snapshot): string {
    const { columns, rows } = this.#terminal;
    const lines = boardLines(snapshot, this.#paint, { columns, rows })
      .slice(0, rows)
      .map((line) => `${fit(line, columns)}${clearLine}`);
    return `${beginFrame}${cursorHome}${lines.join('\r\n')}${clearBelow}${endFrame}`;
  }
}

/** Prints one line every five seconds, for output that is no terminal. */
export class PlainBoard implements Board {
  readonly #print: (line: string) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  start(takeSnapshot: TakeSnapshot): void {
    this.#timer = setInterval(() => this.#print(boardLine(takeSnapshot())), lineEveryMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
