import { expect } from 'vitest';
import { complaintsOf } from '../../support/browser.ts';
import { until } from '../../support/until.ts';
import { onOff, quarterToCanary, test as base } from '../fixtures.ts';

/**
 * - `seeded`: the console with two flags and a release.
 * - `opened`: messages of the browser since it opened the console.
 * - `newFeature`: the switch of the flag new_feature.
 */
const test = base
  .extend('seeded', { scope: 'file' }, async ({ consoleServer }) => {
    await consoleServer.flags.set('new_feature', onOff);
    await consoleServer.flags.set('myflag', {
      state: 'ENABLED',
      variants: { enable: 'enable', disable: 'disable' },
      defaultVariant: 'disable',
    });
    await consoleServer.storeRelease(quarterToCanary);
    return consoleServer;
  })
  .extend('opened', { auto: true }, async ({ page, seeded }) => {
    const complaints = complaintsOf(page);
    await page.goto(seeded.origin);
    await page.locator('#members tr').first().waitFor();
    return complaints;
  })
  .extend('newFeature', ({ page }) =>
    page.getByRole('switch', { name: 'new_feature', exact: true }),
  );

test('the page shows the weight, the members and the last change', async ({ opened, page }) => {
  const share = page.getByRole('img', { name: '75% of requests to stable, 25% to the canary' });
  expect(await share.isVisible()).toBe(true);
  expect(await page.locator('#members th').allTextContents()).toEqual([
    'stable-1',
    'stable-2',
    'canary-1',
  ]);
  expect(await page.getByText('Last change: weight set to 25, by ci@builder').isVisible()).toBe(
    true,
  );
  expect(opened).toEqual([]);
});

test('the page shows the step of a rollout with steps', async ({ page, seeded }) => {
  const plan = [5, 25, 50].map((weight) => ({
    weight,
    minDurationMs: 60_000,
    deadlineMs: null,
    onDeadline: 'pause' as const,
  }));
  await seeded.storeRelease({ ...quarterToCanary, generation: 8, step: 1, plan });
  await page.getByText('Rollout r-2, step 2 of 3, generation 8').waitFor();
});

test('the page says that the service is in maintenance, since when and by whom', async ({
  page,
  seeded,
}) => {
  await seeded.maintenance.write({ on: true, by: 'eve', message: 'back soon' });
  const line = page.getByText(/^In maintenance since .*, by eve: .*503, with "back soon"$/);
  await line.waitFor();
  await seeded.maintenance.write({ on: false, by: 'eve' });
  await line.waitFor({ state: 'detached' });
});

test('a click switches a flag', async ({ newFeature, opened, seeded }) => {
  const before = await newFeature.getAttribute('aria-checked');
  await newFeature.click();
  await until(async () => (await newFeature.getAttribute('aria-checked')) !== before);
  const stored = await seeded.flags.get('new_feature');
  expect(stored?.defaultVariant).toBe(before === 'true' ? 'off' : 'on');
  expect(opened).toEqual([]);
});

test('the keyboard switches a flag, and the focus stays on the switch', async ({
  newFeature,
  page,
}) => {
  await newFeature.focus();
  for (const key of ['Space', 'Enter']) {
    const before = await newFeature.getAttribute('aria-checked');
    await page.keyboard.press(key);
    await until(async () => (await newFeature.getAttribute('aria-checked')) !== before);
  }
  expect(await page.evaluate('document.activeElement.id')).toBe('flag-new_feature');
});

test('the Tab key reaches every switch', async ({ page }) => {
  const reached: unknown[] = [];
  for (let presses = 0; presses < 6; presses += 1) {
    await page.keyboard.press('Tab');
    reached.push(await page.evaluate('document.activeElement.id'));
  }
  expect(reached).toContain('flag-new_feature');
  expect(reached).toContain('flag-myflag');
});

test('the button of a flag that is neither on nor off names the other variant', async ({
  page,
  seeded,
}) => {
  await page.getByRole('button', { name: 'myflag Switch to enable' }).click();
  await page.getByRole('button', { name: 'myflag Switch to disable' }).waitFor();
  expect((await seeded.flags.get('myflag'))?.defaultVariant).toBe('enable');
});

test('the page enables a flag that was disabled elsewhere', async ({
  newFeature,
  page,
  seeded,
}) => {
  await seeded.flags.disable('new_feature', 'p95 above 2 s');
  await page.getByRole('button', { name: 'new_feature Enable' }).click();
  await newFeature.waitFor();
  expect((await seeded.flags.get('new_feature'))?.state).toBe('ENABLED');
  expect(await page.getByText('flag new_feature disabled: p95 above 2 s').isVisible()).toBe(true);
});

test('the page shows why a switch failed', async ({ newFeature, page }) => {
  await newFeature.waitFor();
  await page.route('**/toggle', (route) =>
    route.fulfill({ status: 503, json: { detail: 'Redis did not answer in time' } }),
  );
  await newFeature.click();
  const alert = page.getByRole('alert');
  await alert.waitFor();
  expect(await alert.textContent()).toBe(
    'Flag new_feature was not changed: Redis did not answer in time',
  );
});

test('the page shows everything in Redis as text', async ({ page, seeded }) => {
  const text = '<img src=x onerror="document.title=1"> & more';
  await seeded.events.append({ type: 'x', text, by: '<b>' });
  await page.getByText(text).waitFor();
  expect(await page.locator('#event-list img, #event-list b').count()).toBe(0);
});

test('the page keeps its content and shows that the console is unreachable', async ({ page }) => {
  await page.route('**/api/overview', (route) => route.abort());
  await page.getByText('console unreachable').waitFor();
  expect(await page.locator('#members tr').count()).toBe(3);
});

test.for(['light', 'dark'] as const)(
  'every text of the page is readable in the %s scheme',
  async (colorScheme, { page }) => {
    await page.emulateMedia({ colorScheme });
    const faint: unknown = await page.evaluate(faintTexts);
    expect(faint).toEqual([]);
  },
);

/** Every text whose contrast is under 4.5 to 1 (WCAG 2.2, success criterion 1.4.3). */
const faintTexts = `(() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = numbers(colour).map((value) => {
      const part = value / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let each = element; each !== null; each = each.parentElement) {
      const { backgroundColor } = getComputedStyle(each);
      if (numbers(backgroundColor)[3] !== 0) return backgroundColor;
    }
    return 'rgb(255, 255, 255)';
  };
  const ownText = (element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '');
  return [...document.querySelectorAll('main *, header *')]
    .filter((element) => ownText(element) && element.checkVisibility())
    .map((element) => {
      const pair = [luminance(getComputedStyle(element).color), luminance(behind(element))];
      const contrast = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
      return { text: element.textContent.trim(), contrast };
    })
    .filter(({ contrast }) => contrast < 4.5);
})()`;
