import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const checkout = join(import.meta.dirname, '../..');

const tests = `
import { describe, expect, test } from 'vitest';
import { unless } from '${checkout}/test/support/skip.ts';

describe('a suite', unless('Docker must run'), () => {
  test('one', () => {});
  describe('inside', () => test('two', () => {}));
});
describe.each(['a', 'b'])('a suite of %s', unless('python3 must be on PATH'), () => {
  test('three', () => {});
});
test('four', unless('Docker must run'), () => {});
test('five', (context) => context.skip('the moon must be full'));
test.skip('six', () => {});
test('seven', unless(undefined), () => expect(7).toBe(7));
`;

const config = `
import { SkipReporter } from '${checkout}/test/support/skip-reporter.ts';

export default {
  test: { include: ['*.test.ts'], exclude: [], reporters: [new SkipReporter(), 'default'] },
};
`;

test('a run of tests ends with the reasons of skipped tests and their counts, then the totals', async () => {
  const cache = join(checkout, 'node_modules/.cache');
  await mkdir(cache, { recursive: true });
  const root = await mkdtemp(join(cache, 'skip-reporter-'));
  onTestFinished(() => rm(root, { recursive: true }));
  await writeFile(join(root, 'some.test.ts'), tests);
  await writeFile(join(root, 'vitest.config.ts'), config);
  const { stdout, stderr } = spawnSync('vitest', ['run', '--root', root], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], NO_COLOR: '1' },
  });
  expect(stderr).toBe('');
  const end = stdout.slice(stdout.indexOf('Skipped, because'));
  expect(end.split('\n').map((line) => line.trim())).toEqual([
    'Skipped, because',
    'Docker must run: 3',
    'python3 must be on PATH: 2',
    'the moon must be full: 1',
    'no reason was given (test/support/skip.ts): 1',
    '',
    expect.stringMatching(/^Test Files +1 passed/),
    expect.stringMatching(/^Tests +1 passed \| 7 skipped \(8\)/),
    expect.stringMatching(/^Start at/),
    expect.stringMatching(/^Duration/),
    '',
    '',
  ]);
});
