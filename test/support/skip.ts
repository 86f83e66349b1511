import { spawnSync } from 'node:child_process';

declare module 'vitest' {
  interface TaskMeta {
    /** Reason why the test is skipped, which the end of the run prints. */
    skipReason?: string;
  }
}

/** Options of a test or suite that is skipped for `reason`, if there is one. */
export function unless(reason: string | undefined) {
  return reason === undefined ? {} : { skip: true, meta: { skipReason: reason } };
}

/** Reason why tests that read /proc cannot run here. Undefined: they can. */
export function whyNoLinux(): string | undefined {
  return process.platform === 'linux' ? undefined : 'the system must be Linux';
}

/** Reason why tests that need these programs cannot run here. Undefined: they can. */
export function whyNoProgram(...names: readonly string[]): string | undefined {
  const missing = names.filter((name) => spawnSync('which', [name]).status !== 0);
  return missing.length === 0 ? undefined : `${missing.join(' and ')} must be on PATH`;
}
