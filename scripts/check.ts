/** `npm run check`: runs every static check, also after one failed, and times each. */
import { spawnSync } from 'node:child_process';

const folders = ['runtime', 'infra', 'rehearsal', 'test', 'bench', 'scripts'];

const checks: Readonly<Record<string, readonly [string, ...string[]]>> = {
  tsc: ['tsc', '--noEmit'],
  oxlint: ['oxlint'],
  oxfmt: ['oxfmt', '--check'],
  depcruise: ['depcruise', '--config', '.dependency-cruiser.cjs', ...folders],
  knip: ['knip'],
  words: [process.execPath, 'scripts/words.ts'],
};

const failed = Object.entries(checks).filter(([name, [program, ...options]]) => {
  const startedAt = performance.now();
  const { status } = spawnSync(program, options, { stdio: 'inherit' });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  return status !== 0;
});

if (failed.length > 0) {
  console.error(`check failed: ${failed.map(([name]) => name).join(', ')}`);
  process.exitCode = 1;
}
