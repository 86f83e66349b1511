/** `npm run check`: every static check, each with its own time, all run even when one fails. */
import { spawnSync } from 'node:child_process';

const checks = [
  ['tsc', '--noEmit'],
  ['oxlint'],
  ['oxfmt', '--check'],
  [
    'depcruise',
    '--config',
    '.dependency-cruiser.cjs',
    'runtime',
    'infra',
    'rehearsal',
    'test',
    'bench',
  ],
  ['knip'],
] as const;

const failed = checks.filter(([tool, ...options]) => {
  const startedAt = performance.now();
  const { status } = spawnSync(tool, options, { stdio: 'inherit' });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${tool} (${seconds} s)`);
  return status !== 0;
});

if (failed.length > 0) {
  console.error(`check failed: ${failed.map(([tool]) => tool).join(', ')}`);
  process.exitCode = 1;
}
