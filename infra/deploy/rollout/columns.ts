/** Text in the columns of a terminal. Pure. */
import { stripVTControlCharacters } from 'node:util';

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Characters that terminals show in two columns: those of East Asia, and emoji. */
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f1e6}-\u{1f64f}\u{1f680}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;
const invisible = /^[\p{M}\p{Cf}]+$/u;

/** Number of columns that a line takes; styles in it take none. */
export function columnsOf(line: string): number {
  const text = stripVTControlCharacters(line);
  // Printable ASCII, as nearly every text, needs no segments.
  if (/^[ -~]*$/.test(text)) return text.length;
  return segmentsOf(text).reduce((sum, segment) => sum + widthOf(segment), 0);
}

/** Text of others, such as a person's reason, in one line that moves no cursor. */
export function printable(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
}

/** Breaks a text between words, and words that are too long, into lines of at most `columns`. */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (columnsOf(longer) <= columns) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    const parts = pieces(word, columns);
    line = parts.pop() ?? '';
    lines.push(...parts);
  }
  return [...lines, line];
}

/** Beginning of a line that takes at most `columns`. The line has no styles. */
export function cut(line: string, columns: number): string {
  return columnsOf(line) <= columns ? line : (pieces(line, columns)[0] ?? '');
}

/** Parts of at most `columns`. */
function pieces(word: string, columns: number): string[] {
  const parts: string[] = [];
  let part = '';
  let taken = 0;
  for (const segment of segmentsOf(word)) {
    // A character that is wider than the terminal cannot be shown.
    const shown = widthOf(segment) > columns ? '?' : segment;
    const width = widthOf(shown);
    if (taken + width > columns) {
      parts.push(part);
      part = '';
      taken = 0;
    }
    part += shown;
    taken += width;
  }
  return [...parts, part];
}

function segmentsOf(text: string): string[] {
  return [...graphemes.segment(text)].map(({ segment }) => segment);
}

function widthOf(segment: string): number {
  if (wide.test(segment)) return 2;
  return invisible.test(segment) ? 0 : 1;
}
