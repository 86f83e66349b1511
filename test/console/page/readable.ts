import { expect } from 'vitest';
import type { Page } from 'playwright-core';
import { violationsOf } from './axe.ts';

const views = [
  { width: 390, colorScheme: 'dark' },
  { width: 820, colorScheme: 'light' },
  { width: 1_440, colorScheme: 'dark' },
] as const;

/** Expects that axe finds nothing and that nothing overflows, at every width and in both schemes. */
export async function expectReadable(page: Page): Promise<void> {
  for (const { width, colorScheme } of views) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    expect(await violationsOf(page), `${width} px, ${colorScheme}`).toEqual([]);
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(overflow, `${width} px`).toBeLessThanOrEqual(0);
  }
}
