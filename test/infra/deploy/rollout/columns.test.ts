import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnsOf, cut, printable, wrapped } from '../../../../infra/deploy/rollout/columns.ts';

test.each([
  ['plain', 5],
  ['', 0],
  ['\u001b[1mbold\u001b[22m', 4],
  ['Zürich', 6],
  ['Zu\u0308rich', 6],
  ['翻訳', 4],
  ['👍🏽 ok', 5],
  ['👨‍👩‍👧', 2],
  ['한국', 4],
])('%j takes %d columns', (text, columns) => {
  expect(columnsOf(text)).toBe(columns);
});

test('a text breaks between words, and a word that is too long breaks anywhere', () => {
  expect(wrapped('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrapped('a sha256:0123456789', 7)).toEqual(['a', 'sha256:', '0123456', '789']);
  expect(wrapped('翻訳を待つ', 4)).toEqual(['翻訳', 'を待', 'つ']);
  expect(wrapped('翻', 1)).toEqual(['?']);
});

test('no line of a text is wider than the terminal, and none of its words is lost', () => {
  const words = fc.array(fc.stringMatching(/^[a-z翻訳é👍]{1,12}$/u), { maxLength: 12 });
  fc.assert(
    fc.property(words, fc.integer({ min: 2, max: 30 }), (given, columns) => {
      const text = given.join(' ');
      const lines = wrapped(text, columns);
      for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(columns);
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
      expect(columnsOf(cut(text, columns))).toBeLessThanOrEqual(columns);
    }),
  );
});

test('a text of others cannot move the cursor or begin a line', () => {
  expect(printable(' a\u001b[2Jb\r\nc\td\u0007\u2028e ')).toBe('ab c d e');
});
