import { expect, test } from 'vitest';
import { runProgram } from '../../../infra/shell/program.ts';

const run = (script: string) => runProgram('sh', ['-c', script]);

test('a program that succeeds gives its standard output', async () => {
  expect(await run('echo out; echo err >&2')).toBe('out\n');
});

test('a program that fails is reported by its last line of standard error, not by its command', async () => {
  await expect(run('echo first >&2; echo last >&2; exit 1')).rejects.toMatchObject({
    code: 'process_failed',
    message: 'last',
  });
  await expect(run('exit 1')).rejects.toThrow(/^sh failed$/);
});

test('an error of perch in JSON reads as one in text', async () => {
  const line = '{"error":{"code":"not_found","message":"flag a is not stored","problems":[]}}';
  await expect(run(`echo '${line}' >&2; exit 1`)).rejects.toMatchObject({
    message: 'perch: flag a is not stored',
  });
});

test('a program that is not on PATH is named', async () => {
  await expect(runProgram('no-such-program', [])).rejects.toMatchObject({
    code: 'unsupported',
    message: 'no-such-program must be on PATH',
  });
});
