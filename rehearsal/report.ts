import { writeFile } from 'node:fs/promises';
import type { Tally } from './traffic/tally.ts';

/** One thing that a scenario promises, and whether it held. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly expected: string | number | boolean;
  readonly actual: string | number | boolean;
}

export interface Moment {
  /** Milliseconds since the rehearsal began. */
  readonly atMs: number;
  readonly event: string;
}

export interface Report {
  readonly scenario: string;
  /** Whether every check held, and there was one. */
  readonly ok: boolean;
  readonly requests: {
    readonly total: number;
    readonly failed: number;
    readonly stable: number;
    readonly canary: number;
    /** Cause -> how many failed by it. */
    readonly failures: Readonly<Record<string, number>>;
  };
  readonly checks: readonly Check[];
  readonly timeline: readonly Moment[];
}

/** Notes what happens and whether it is what was promised. */
export class Recorder {
  readonly #beganAt = performance.now();
  readonly #checks: Check[] = [];
  readonly #timeline: Moment[] = [];
  readonly #listeners = new Set<(moment: Moment) => void>();

  get elapsedMs(): number {
    return Math.round(performance.now() - this.#beganAt);
  }

  get checks(): readonly Check[] {
    return this.#checks;
  }

  get timeline(): readonly Moment[] {
    return this.#timeline;
  }

  /** Whether every check held, and there was one. */
  get allHeld(): boolean {
    return this.#checks.length > 0 && this.#checks.every(({ ok }) => ok);
  }

  onNote(listener: (moment: Moment) => void): void {
    this.#listeners.add(listener);
  }

  note(event: string): void {
    const moment = this.#add(event);
    for (const listener of this.#listeners) listener(moment);
  }

  /**
   * Notes whether a promise held.
   * @param ok - default: whether `actual` is `expected`.
   */
  check(name: string, { expected, actual, ok = expected === actual }: CheckResult): void {
    this.#checks.push({ name, ok, expected, actual });
    this.#add(`${ok ? 'held' : 'BROKEN'}: ${name}: ${actual} (expected ${expected})`);
  }

  report(scenario: string, tally: Tally): Report {
    return {
      scenario,
      ok: this.allHeld,
      requests: {
        total: tally.total,
        failed: tally.failed,
        stable: tally.answeredBy('stable'),
        canary: tally.answeredBy('canary'),
        failures: Object.fromEntries(tally.failures),
      },
      checks: this.#checks,
      timeline: this.#timeline,
    };
  }

  #add(event: string): Moment {
    const moment = { atMs: this.elapsedMs, event };
    this.#timeline.push(moment);
    return moment;
  }
}

type CheckResult = Pick<Check, 'expected' | 'actual'> & { readonly ok?: boolean };

export async function writeReport(file: string, report: Report): Promise<void> {
  await writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`);
}
