import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const clock = pathToFileURL(join(import.meta.dirname, '../../../rehearsal/parts/shifted-clock.ts'));

/** Prints by how much the clock differs from the one that cannot be shifted, and that of a child. */
const script = `
  const ownMs = Date.now() - performance.timeOrigin;
  if (process.send !== undefined) process.send(ownMs);
  else require('node:child_process').fork(process.argv[1]).on('message', (childMs) => {
    console.log(JSON.stringify([ownMs, childMs].map((ms) => Math.round(ms / 3_600_000))));
  });`;

test.for([-5, 0, 5])(
  'the clock of a process and its children is shifted by %d hours',
  async (hours, { onTestFinished }) => {
    const folder = await mkdtemp(join(tmpdir(), 'perch-clock-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'script.cjs');
    await writeFile(file, script);
    const { stdout } = await run(process.execPath, [file], {
      env: { ...process.env, NODE_OPTIONS: `--import=${clock.href}?ms=${hours * 3_600_000}` },
    });
    expect(JSON.parse(stdout)).toEqual([hours, hours]);
  },
);
