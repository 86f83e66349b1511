import { pino } from 'pino';
import { expect, test } from 'vitest';
import { FailureLog } from '../../../runtime/store/local/failure-log.ts';

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly reason: string;
  readonly err?: { readonly stack: string };
}

function recorded() {
  const lines: Line[] = [];
  return { lines, logger: pino({}, { write: (line) => lines.push(JSON.parse(line)) }) };
}

test('a repeated failure is logged once, until its reason changes or it ends', () => {
  const { lines, logger } = recorded();
  const failures = new FailureLog(logger, 'Redis refused the sample');
  for (const reason of ['no memory', 'no memory', 'read only']) failures.failed(new Error(reason));
  failures.ended();
  expect(failures.reason).toBeUndefined();
  failures.failed(new Error('read only'));
  expect(lines.map(({ reason }) => reason)).toEqual(['no memory', 'read only', 'read only']);
});

test('an error is logged with its reason and its stack trace, as a warning', () => {
  const { lines, logger } = recorded();
  new FailureLog(logger, 'Redis refused the sample').failed(new Error('no memory'));
  expect(lines).toMatchObject([
    { level: 40, msg: 'Redis refused the sample', reason: 'no memory' },
  ]);
  expect(lines[0]?.err?.stack).toContain('failure-log.test.ts');
});

test('a reason without an error is logged alone, and at the level that was asked for', () => {
  const { lines, logger } = recorded();
  new FailureLog(logger, 'Docker refused', { level: 'error' }).failed('no such container');
  expect(lines).toMatchObject([{ level: 50, reason: 'no such container' }]);
  expect(lines[0]).not.toHaveProperty('err');
});
