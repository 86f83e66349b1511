import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base } from 'vitest';

/** A folder in place of a container's volume. */
export interface Volume {
  readonly folder: string;
  /** Processes that used it; the end of the test kills those that are left. */
  readonly processes: ChildProcess[];
}

/** Tests of what a container keeps on its volume. */
export const test = base.extend('volume', async ({}, { onCleanup }): Promise<Volume> => {
  const folder = await mkdtemp(join(tmpdir(), 'perch-volume-'));
  const processes: ChildProcess[] = [];
  onCleanup(async () => {
    for (const process of processes) process.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });
  return { folder, processes };
});
