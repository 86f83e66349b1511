import type { LogLine } from './log-line.ts';

/**
 * Merges logs, each of which is in the order of time, into one. It reads of each log no more than the
 * line that comes next.
 */
export async function* mergedByTime(
  logs: readonly AsyncIterator<LogLine>[],
): AsyncGenerator<LogLine> {
  const heads = await Promise.all(logs.map(headOf));
  let open = heads.filter((head) => head !== undefined);
  for (;;) {
    const [first] = open;
    if (first === undefined) return;
    const earliest = open.reduce(
      (best, head) => (head.line.at < best.line.at ? head : best),
      first,
    );
    yield earliest.line;
    const next = await headOf(earliest.log);
    open = open.flatMap((head) => (head === earliest ? (next ?? []) : head));
  }
}

interface Head {
  readonly line: LogLine;
  readonly log: AsyncIterator<LogLine>;
}

async function headOf(log: AsyncIterator<LogLine>): Promise<Head | undefined> {
  const { done, value } = await log.next();
  return done === true ? undefined : { line: value, log };
}

/**
 * Lines of logs that are followed, held for a moment: what another host wrote earlier may arrive
 * later. Pure; the caller has the clock.
 */
export class ReorderWindow {
  readonly #held: { readonly line: LogLine; readonly arrivedMs: number }[] = [];
  readonly #windowMs: number;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  add(line: LogLine, nowMs: number): void {
    this.#held.push({ line, arrivedMs: nowMs });
  }

  /** Removes and returns, in the order of time, the lines up to the last one that was held for long enough. */
  due(nowMs: number): LogLine[] {
    const limit = nowMs - this.#windowMs;
    const due = this.#held
      .filter(({ arrivedMs }) => arrivedMs <= limit)
      .reduce((latest, { line }) => (line.at > latest ? line.at : latest), '');
    return this.#take((at) => at <= due);
  }

  /** Removes and returns all lines, in the order of time. */
  rest(): LogLine[] {
    return this.#take(() => true);
  }

  #take(isDue: (at: string) => boolean): LogLine[] {
    const taken = this.#held.filter(({ line }) => isDue(line.at)).map(({ line }) => line);
    const left = this.#held.filter(({ line }) => !isDue(line.at));
    this.#held.splice(0, this.#held.length, ...left);
    return taken.toSorted((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)));
  }
}
