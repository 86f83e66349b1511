import type { WriteStream } from 'node:tty';
import { LiveBoard, PlainBoard, type Board } from './board/board.ts';
import type { Link } from './board/snapshot.ts';
import { clock, painter, type Paint } from './board/text.ts';
import { StageWatch } from './board/stage-watch.ts';
import { tipLines, type Tip } from './tips.ts';
import type { Stage } from './stage.ts';

/** Output for people: links first, then the parts as they start, then the board. */
export class Screen {
  readonly paint: Paint;
  readonly #stdout: WriteStream;
  readonly #beganAt = performance.now();
  #title = '';
  #links: readonly Link[] = [];
  #tips: readonly Tip[] = [];
  #board: Board | undefined;
  #watch: StageWatch | undefined;

  constructor(stdout: WriteStream) {
    this.#stdout = stdout;
    this.paint = painter(stdout.isTTY && stdout.hasColors());
  }

  print(line: string): void {
    this.#stdout.write(`${line}\n`);
  }

  announce(title: string, links: readonly Link[]): void {
    this.#title = title;
    this.#links = links;
    this.print(this.paint('bold', title));
    for (const { name, url } of links) {
      this.print(`  ${name.padEnd(9)}${this.paint('cyan', url)}`);
    }
  }

  /** Reports that a part is ready. */
  ready(part: string): void {
    const seconds = ((performance.now() - this.#beganAt) / 1_000).toFixed(1);
    this.print(`  ${this.paint('green', 'ready')}  ${part} ${this.paint('dim', `(${seconds} s)`)}`);
  }

  /** Says what a person may try. A live board hides the lines, and shows some of them itself. */
  suggest(tips: readonly Tip[]): void {
    this.#tips = tips;
    for (const line of tipLines(tips)) this.print(line);
  }

  /** Shows a live board on a terminal, else a line every five seconds and one per event. */
  show(stage: Stage): void {
    const watch = new StageWatch(stage);
    watch.start();
    this.#watch = watch;
    const isLive = this.#stdout.isTTY;
    const print = (line: string) => this.print(line);
    this.#board = isLive ? new LiveBoard(this.#stdout, this.paint) : new PlainBoard(print);
    if (!isLive) stage.recorder.onNote(({ atMs, event }) => print(`${clock(atMs)}  ${event}`));
    this.#board.start(() =>
      watch.snapshot({ title: this.#title, links: this.#links, tips: this.#tips }),
    );
  }

  /** Restores the terminal. Can be called again. */
  hide(): void {
    this.#board?.stop();
    this.#watch?.stop();
  }
}
