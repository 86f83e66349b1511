import { join } from 'node:path';
import type { Page } from 'playwright-core';

/** Folder of the pictures, which git ignores and the workflow uploads. */
const folder = join(import.meta.dirname, '../../pictures');
const widths = [390, 1_440];
const colorSchemes = ['light', 'dark'] as const;

/**
 * Keeps a picture of the whole page as it is, on a phone and on a desk, light and dark, for people to
 * compare: `pictures/NAME-390-light.png` and so on.
 */
export async function keepPictures(page: Page, name: string): Promise<void> {
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of colorSchemes) {
      await page.emulateMedia({ colorScheme });
      // Charts are drawn again in the frames after a change of width or scheme.
      await page.evaluate(
        'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))',
      );
      const path = join(folder, `${name}-${width}-${colorScheme}.png`);
      await page.screenshot({ path, fullPage: true });
    }
  }
}

/** Keeps a picture of a page whose test failed: `pictures/failed-NAME.png`. */
export async function keepFailure(page: Page, name: string): Promise<void> {
  const path = join(folder, `failed-${name.replaceAll(/\W+/g, '-').slice(0, 80)}.png`);
  await page.screenshot({ path, fullPage: true });
}
