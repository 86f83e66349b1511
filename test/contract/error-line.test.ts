import { expect, test } from 'vitest';
import { plainErrorLine } from '../../runtime/contract/error-line.ts';

test.each([
  [
    '{"error":{"code":"not_found","message":"flag a is not stored","problems":[]}}',
    'perch: flag a is not stored',
  ],
  ['{"hint":"Redis answers again"}', 'perch: Redis answers again'],
  ['perch: weight must be from 0 to 100, got 101', 'perch: weight must be from 0 to 100, got 101'],
  ['{"error":{"code":"not_found","mess', '{"error":{"code":"not_found","mess'],
  ['{"error":null}', '{"error":null}'],
])('the line %s of standard error reads %s', (line, expected) => {
  expect(plainErrorLine(line)).toBe(expected);
});
