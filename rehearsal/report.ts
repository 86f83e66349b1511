import { writeFile } from 'node:fs/promises';
import type { RequestCounts } from './traffic/request-counts.ts';

/** Check of one thing that a scenario promises. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly expected: string | number | boolean;
  readonly actual: string | number | boolean;
}

export interface TimelineEntry {
  /** Milliseconds since the rehearsal began. */
  readonly atMs: number;
  readonly event: string;
}

export interface Report {
  readonly scenario: string;
  /** True if every check passed and there was at least one. */
  readonly ok: boolean;
  readonly requests: {
    readonly total: number;
    readonly failed: number;
    readonly stable: number;
    readonly canary: number;
    /** Cause -> number of requests that failed by it. */
    readonly failures: Readonly<Record<string, number>>;
  };
  readonly checks: readonly Check[];
  readonly timeline: readonly TimelineEntry[];
}

/** Records the timeline of a rehearsal and its checks. */
export class Recorder {
  readonly #beganAt = performance.now();
  readonly #checks: Check[] = [];
  readonly #timeline: TimelineEntry[] = [];
  readonly #listeners = new Set<(moment: TimelineEntry) => void>();

  get elapsedMs(): number {
    return Math.round(performance.now() - this.#beganAt);
  }

  get checks(): readonly Check[] {
    return this.#checks;
  }

  get timeline(): readonly TimelineEntry[] {
    return this.#timeline;
  }

  /** True if every check passed and there was at least one. */
  get allPassed(): boolean {
    return this.#checks.length > 0 && this.#checks.every(({ ok }) => ok);
  }

  onNote(listener: (moment: TimelineEntry) => void): void {
    this.#listeners.add(listener);
  }

  note(event: string): void {
    const moment = this.#add(event);
    for (const listener of this.#listeners) listener(moment);
  }

  /**
   * Records a check.
   * @param ok default: true if `actual` equals `expected`.
   */
  check(name: string, { expected, actual, ok = expected === actual }: CheckResult): void {
    this.#checks.push({ name, ok, expected, actual });
    this.#add(`${ok ? 'passed' : 'FAILED'}: ${name}: ${actual} (expected ${expected})`);
  }

  report(scenario: string, counts: RequestCounts): Report {
    return {
      scenario,
      ok: this.allPassed,
      requests: {
        total: counts.total,
        failed: counts.failed,
        stable: counts.answeredBy('stable'),
        canary: counts.answeredBy('canary'),
        failures: Object.fromEntries(counts.failures),
      },
      checks: this.#checks,
      timeline: this.#timeline,
    };
  }

  #add(event: string): TimelineEntry {
    const moment = { atMs: this.elapsedMs, event };
    this.#timeline.push(moment);
    return moment;
  }
}

type CheckResult = Pick<Check, 'expected' | 'actual'> & { readonly ok?: boolean };

export async function writeReport(file: string, report: Report): Promise<void> {
  await writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`);
}
