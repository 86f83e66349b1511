import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startBrowser } from '../support/browser.ts';
import { until } from '../support/until.ts';
import { ConsoleFixture, onOff, quarterToCanary } from './fixture.ts';

let browser: Browser;
let fixture: ConsoleFixture;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  [browser, fixture] = await Promise.all([startBrowser(), ConsoleFixture.start()]);
  await fixture.flags.set('new_feature', onOff);
  await fixture.flags.set('myflag', {
    state: 'ENABLED',
    variants: { enable: 'enable', disable: 'disable' },
    defaultVariant: 'disable',
  });
  await fixture.release(quarterToCanary);
});

afterAll(async () => {
  await browser.close();
  await fixture[Symbol.asyncDispose]();
});

beforeEach(async () => {
  page = await browser.newPage();
  complaints = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(fixture.origin);
  await page.locator('#members tr').first().waitFor();
});

afterEach(() => page.close());

const newFeature = () => page.getByRole('switch', { name: 'new_feature', exact: true });
const stored = async (key: string) => (await fixture.flags.get(key))?.defaultVariant;

describe('the console’s page', () => {
  it('shows the weight, the members and who made the last change', async () => {
    const share = page.getByRole('img', {
      name: '75% of requests to stable, 25% to the canary',
    });
    expect(await share.isVisible()).toBe(true);
    expect(await page.locator('#members th').allTextContents()).toEqual([
      'stable-1',
      'stable-2',
      'canary-1',
    ]);
    expect(await page.getByText('weight set to 25, by ci@builder').isVisible()).toBe(true);
    expect(complaints).toEqual([]);
  });

  it('switches a flag by a click', async () => {
    const before = await newFeature().getAttribute('aria-checked');
    await newFeature().click();
    await until(async () => (await newFeature().getAttribute('aria-checked')) !== before);
    expect(await stored('new_feature')).toBe(before === 'true' ? 'off' : 'on');
    expect(complaints).toEqual([]);
  });

  it('switches a flag by the keyboard, whose focus stays on the switch', async () => {
    await newFeature().focus();
    for (const key of ['Space', 'Enter']) {
      const before = await newFeature().getAttribute('aria-checked');
      await page.keyboard.press(key);
      await until(async () => (await newFeature().getAttribute('aria-checked')) !== before);
    }
    expect(await page.evaluate('document.activeElement.id')).toBe('flag-new_feature');
  });

  it('reaches every switch by the Tab key', async () => {
    const reached: unknown[] = [];
    for (let presses = 0; presses < 6; presses += 1) {
      await page.keyboard.press('Tab');
      reached.push(await page.evaluate('document.activeElement.id'));
    }
    expect(reached).toContain('flag-new_feature');
    expect(reached).toContain('flag-myflag');
  });

  it('offers the other variant of a flag that is neither on nor off', async () => {
    await page.getByRole('button', { name: 'myflag Switch to enable' }).click();
    await page.getByRole('button', { name: 'myflag Switch to disable' }).waitFor();
    expect(await stored('myflag')).toBe('enable');
  });

  it('enables a flag that was disabled elsewhere', async () => {
    await fixture.flags.disable('new_feature', 'p95 above 2 s');
    await page.getByRole('button', { name: 'new_feature Enable' }).click();
    await newFeature().waitFor();
    expect((await fixture.flags.get('new_feature'))?.state).toBe('ENABLED');
    expect(await page.getByText('flag new_feature disabled: p95 above 2 s').isVisible()).toBe(true);
  });

  it('says why a switch did nothing', async () => {
    const gone = '#flag-new_feature';
    await page.locator(gone).waitFor();
    await page.route('**/toggle', (route) =>
      route.fulfill({ status: 503, json: { detail: 'Redis did not answer in time' } }),
    );
    await page.locator(gone).click();
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toBe(
      'Flag new_feature was not changed: Redis did not answer in time',
    );
  });

  it('shows what Redis holds as text, whatever it is', async () => {
    const text = '<img src=x onerror="document.title=1"> & more';
    await fixture.events.append({ type: 'x', text, by: '<b>' });
    await page.getByText(text).waitFor();
    expect(await page.locator('#event-list img, #event-list b').count()).toBe(0);
  });

  it('says that the console is away when it is', async () => {
    await page.route('**/api/overview', (route) => route.abort());
    await page.getByText('console unreachable').waitFor();
    expect(await page.locator('#members tr').count()).toBe(3);
  });

  it.each(['light', 'dark'] as const)('is readable in the %s scheme', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    const faint: unknown = await page.evaluate(faintTexts);
    expect(faint).toEqual([]);
  });
});

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
