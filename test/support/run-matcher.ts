import { expect } from 'vitest';

declare module 'vitest' {
  interface Matchers {
    /** Expects a run of a program that ended well; the failure has what the program printed. */
    toSucceed(): void;
  }
}

expect.extend({
  toSucceed(run: { readonly ok: boolean; readonly output: string }) {
    const state = run.ok ? 'succeeded' : 'failed';
    return { pass: run.ok, message: () => `the program ${state}, and printed:\n${run.output}` };
  },
});
