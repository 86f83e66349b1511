import { expect, test } from 'vitest';
import { OpenPages } from '../../runtime/console/open-pages.ts';

test('a person may have 20 pages open, and another one for each that they close', () => {
  const pages = new OpenPages();
  const opened = Array.from({ length: 21 }, () => pages.open('ada'));
  expect(opened).toEqual([...Array.from({ length: 20 }, () => true), false]);
  expect(pages.open('grace')).toBe(true);
  pages.close('ada');
  expect([pages.open('ada'), pages.open('ada')]).toEqual([true, false]);
});
