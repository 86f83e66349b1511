import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** Prints how many tests were skipped for which reason, before vitest's own summary. */
export class SkipReporter implements Reporter {
  readonly #print: (line: string) => void;

  constructor(print = console.log) {
    this.#print = print;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    // A run by name skips the others.
    if (modules[0]?.project.config.testNamePattern !== undefined) return;
    const counts = new Map<string, number>();
    for (const test of modules.flatMap((module) => [...module.children.allTests('skipped')])) {
      const reason = reasonOf(test);
      counts.set(reason, (counts.get(reason) ?? 0) + 1);
    }
    if (counts.size === 0) return;
    this.#print('\nSkipped, because');
    for (const [reason, count] of counts) this.#print(`  ${reason}: ${count}`);
  }
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  const note = result.state === 'skipped' ? result.note : undefined;
  return note ?? test.meta().skipReason ?? 'no reason was given (test/support/skip.ts)';
}
