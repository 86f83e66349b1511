import { expect, test } from 'vitest';
import { OpenPages } from '../../runtime/console/open-pages.ts';

test('a person may open as many pages as the bound, and another one for each that they close', () => {
  const pages = new OpenPages(2);
  expect([pages.open('ada'), pages.open('ada'), pages.open('ada')]).toEqual([true, true, false]);
  expect(pages.open('grace')).toBe(true);
  pages.close('ada');
  expect([pages.open('ada'), pages.open('ada')]).toEqual([true, false]);
});
