import { expect, test } from 'vitest';
import { RedrawnLines, sizeOf } from '../../../../infra/deploy/rollout/redrawn-lines.ts';
import { Screen } from './screen.ts';

test('lines are drawn again in place, below what stood there before', () => {
  const screen = new Screen();
  screen.write('$ npx perch deploy\n');
  const lines = new RedrawnLines(screen);
  lines.draw(['one', 'a long line', 'three']);
  lines.draw(['1', 'short']);
  expect(screen.text).toEqual(['$ npx perch deploy', '1', 'short', '']);
  lines.draw(['one', 'two', 'three', 'four']);
  screen.write('what follows\n');
  expect(screen.text).toEqual([
    '$ npx perch deploy',
    'one',
    'two',
    'three',
    'four',
    'what follows',
    '',
  ]);
});

test('a terminal that became narrower keeps nothing of the wider lines', () => {
  const screen = new Screen(40);
  screen.write('before\n');
  const lines = new RedrawnLines(screen);
  lines.draw(['a'.repeat(35), 'b'.repeat(9), 'c'.repeat(21)]);
  screen.resize(10);
  lines.draw(['one', 'two']);
  expect(screen.text).toEqual(['before', 'one', 'two', '']);
});

test('lines that fill the terminal push nothing out of it twice', () => {
  const screen = new Screen(20, 4);
  screen.write('before\n');
  const lines = new RedrawnLines(screen);
  for (const text of ['a', 'b', 'c']) lines.draw([text, text, text]);
  expect(screen.text).toEqual(['before', 'c', 'c', 'c', '']);
});

test('the cursor is never hidden, so nothing has to show it again', () => {
  const screen = new Screen();
  new RedrawnLines(screen).draw(['one']);
  expect(screen.written).not.toContain('?25l');
  expect(screen.written.endsWith('one\u001b[K\n\u001b[J')).toBe(true);
});

test('a terminal that does not say its size has 80 columns and 24 rows', () => {
  const write = () => true;
  expect(sizeOf({ write })).toEqual({ columns: 80, rows: 24 });
  expect(sizeOf({ write, columns: 0, rows: 0 })).toEqual({ columns: 80, rows: 24 });
  expect(sizeOf({ write, columns: 33, rows: 5 })).toEqual({ columns: 33, rows: 5 });
});
