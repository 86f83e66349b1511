import { expect } from 'vitest';
import type { Page } from 'playwright-core';
import { complaintsOf } from '../../support/browser.ts';
import { until } from '../../support/until.ts';
import { ConsoleServer, onOff } from '../console-server.ts';
import { test as base } from '../fixtures.ts';
import { violationsOf } from './axe.ts';
import { expectReadable } from './readable.ts';
import { keepPictures } from '../../support/pictures.ts';

const checkout = {
  ...onOff,
  targeting: {
    if: [
      { '==': [{ var: 'track' }, 'canary'] },
      'on',
      { fractional: [{ var: 'targetingKey' }, ['on', 10], ['off', 90]] },
    ],
  },
};

/** `opened`: messages of the browser since it opened a console with the flag `checkout` alone. */
const test = base.extend('opened', async ({ page, consoleServer: { redis, flags, origin } }) => {
  await redis.flushall();
  await flags.set('checkout', checkout);
  const complaints = complaintsOf(page);
  page.setDefaultTimeout(4_000);
  await page.goto(origin);
  await page.getByRole('button', { name: 'checkout', exact: true }).waitFor();
  return complaints;
});

async function open(page: Page) {
  await page.getByRole('button', { name: 'checkout', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Flag checkout' });
  await dialog.getByText('Nothing changes.').waitFor();
  const json = dialog.getByLabel("flagd's JSON");
  return { dialog, json, jsonNow: async () => JSON.parse(await json.inputValue()) as unknown };
}

test('a person changes a share and a rule in the form, with the JSON in step, and undoes it', async ({
  opened,
  consoleServer,
  page,
}) => {
  const { dialog, jsonNow } = await open(page);
  await dialog
    .getByText('Of all others, about 10% of targeting keys get on, about 90% off.')
    .waitFor();
  await dialog.getByLabel('Share of on, percent').fill('25');
  await dialog.getByText('The share of on goes from 10% to 25%.').waitFor();
  expect(await dialog.getByLabel('Share of off, percent').inputValue()).toBe('75');
  await dialog.getByRole('button', { name: 'Add a rule' }).click();
  await dialog.getByText('Rule 2: attribute must be given').waitFor();
  await page.keyboard.type('plan');
  await page.keyboard.press('Tab');
  await dialog.getByLabel('Operator').nth(1).selectOption({ label: 'is one of' });
  await dialog.getByLabel('Value, or values').nth(1).fill('pro, team');
  await dialog
    .getByText('Of the others, those whose plan is one of "pro", "team" get on.')
    .waitFor();
  expect(await jsonNow()).toMatchObject({
    targeting: {
      if: [
        { '==': [{ var: 'track' }, 'canary'] },
        'on',
        { in: [{ var: 'plan' }, ['pro', 'team']] },
        'on',
        { fractional: [{ var: 'targetingKey' }, ['on', 25], ['off', 75]] },
      ],
    },
  });
  await expectReadable(page);
  await keepPictures(page, 'console-flag');
  await dialog.getByLabel('Reason').fill('more users');
  await dialog.getByLabel('Your name').fill('eve');
  await page.keyboard.press('Enter');
  await page
    .getByText('Done: flag checkout is enabled, default off, after its targeting')
    .waitFor();
  expect((await consoleServer.flags.stored('checkout')).changes[0]).toMatchObject({
    by: 'eve',
    reason: 'more users',
  });

  await open(page);
  await dialog.getByText('History', { exact: true }).click();
  await dialog.getByText('more users').waitFor();
  expect(await violationsOf(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Undo' }).click();
  const undo = page.getByRole('dialog', { name: 'Undo the newest change of checkout' });
  await undo.getByText('The share of on goes from 25% to 10%.').waitFor();
  await undo.getByLabel('Reason').fill('too many');
  await page.keyboard.press('Enter');
  await until(async () => (await consoleServer.flags.stored('checkout')).changes.length === 3);
  expect(await consoleServer.flags.get('checkout')).toEqual(checkout);
  expect(opened).toEqual([]);
});

test('what is typed as JSON is checked and shown in the form, or left to the JSON alone', async ({
  opened,
  page,
}) => {
  const { dialog, json } = await open(page);
  await json.fill('{"state": "ON", "variants": {"a": 1, "b": 2}, "targeting": {"guess": []}}');
  await dialog.getByText('state must be one of ENABLED, DISABLED').waitFor();
  await dialog.getByText('targeting must not have the field guess').waitFor();
  expect(await dialog.getByText('The form and the JSON agree again').isVisible()).toBe(true);
  await json.fill('{');
  await dialog.getByText('The JSON must be JSON:').waitFor();
  expect(await json.getAttribute('aria-invalid')).toBe('true');
  const flag = { state: 'DISABLED', variants: { a: 1, b: 2, c: 3 }, defaultVariant: 'b' };
  const targeting = {
    fractional: [
      ['a', 1],
      ['b', 1],
      ['c', 2],
    ],
  };
  await json.fill(JSON.stringify({ ...flag, targeting }));
  await dialog.getByLabel('Share of c, percent').waitFor();
  expect(await dialog.getByLabel('Share of c, percent').inputValue()).toBe('50');
  expect(await page.locator('#flag-enabled').isChecked()).toBe(false);
  await dialog.getByLabel('Share of a, percent').fill('30');
  await dialog.getByText('The shares must add up to 100, got 105').waitFor();
  const nested = { if: [{ and: [true, { '==': [{ var: 'plan' }, 'pro'] }] }, 'a'] };
  await json.fill(JSON.stringify({ ...flag, targeting: nested }));
  await dialog.getByText('Only the JSON can show this targeting.').waitFor();
  await page.locator('#flag-enabled').click();
  await dialog.getByText('The targeting, which only the JSON shows, decides').waitFor();
  expect(JSON.parse(await json.inputValue())).toEqual({
    ...flag,
    state: 'ENABLED',
    targeting: nested,
  });
  expect(opened).toEqual([]);
});

test('a change of a flag that somebody changed meanwhile is refused, and then decided anew', async ({
  opened,
  consoleServer,
  page,
}) => {
  const { dialog } = await open(page);
  await page.locator('#flag-default').selectOption('on');
  await dialog.getByText('The default variant goes from off to on.').waitFor();
  await dialog.getByLabel('Reason').fill('launch');
  await consoleServer.flags.disable('checkout', 'errors');
  await page.keyboard.press('Enter');
  await dialog
    .getByText(
      'Nothing was changed: flag checkout was changed meanwhile by test: The flag is disabled.',
    )
    .waitFor();
  await dialog.getByText('The flag is enabled.').waitFor();
  await dialog.getByRole('button', { name: 'Load the stored flag' }).click();
  await dialog.getByText('Every caller gets the default of its own code.').waitFor();
  expect(await page.locator('#flag-enabled').isChecked()).toBe(false);
  expect(await page.locator('#flag-default').inputValue()).toBe('off');
  await page.locator('#flag-enabled').click();
  await dialog.getByText('The flag is enabled.').waitFor();
  await consoleServer.flags.set('checkout', { ...onOff, state: 'DISABLED' });
  await dialog.getByLabel('Reason').fill('launch');
  await page.keyboard.press('Enter');
  await dialog.getByText(/^Nothing was changed: .* by test: The rule is gone/).waitFor();
  await dialog.getByText('A rule is new: callers whose track is "canary" get on.').waitFor();
  expect((await consoleServer.flags.get('checkout'))?.state).toBe('DISABLED');
  await page.keyboard.press('Enter');
  await page.getByText('Done: flag checkout is enabled').waitFor();
  expect(await consoleServer.flags.get('checkout')).toEqual(checkout);
  const conflict = expect.stringContaining('409 (Conflict)');
  expect(opened).toEqual([conflict, conflict]);
});

test('a person makes a flag by keyboard alone, and deletes it by its name', async ({
  opened,
  consoleServer,
  page,
}) => {
  await page.getByRole('button', { name: 'New flag' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'New flag' });
  await dialog.getByText('Key must be 1 to 128 letters').waitFor();
  await page.keyboard.type('checkout');
  await dialog.getByText('Key must be new: there is such a flag, got checkout').waitFor();
  await page.keyboard.type('_2');
  await dialog.getByText('The flag is created: enabled, default off.').waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await dialog.getByText('The flag is created: disabled').waitFor();
  await dialog.getByLabel('Reason').focus();
  await page.keyboard.type('prepare');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'checkout_2', exact: true }).click();
  await page.getByRole('button', { name: 'Delete…' }).click();
  const deletion = page.getByRole('dialog', { name: 'Delete checkout_2' });
  await deletion.getByText('callers get the default of their own code').waitFor();
  expect(await violationsOf(page)).toEqual([]);
  await deletion.getByLabel('Key of the flag, to confirm').fill('checkout');
  await deletion.getByLabel('Reason').fill('a mistake');
  await page.keyboard.press('Enter');
  await deletion.getByText('Name must be the key of the flag, got checkout').waitFor();
  await deletion.getByLabel('Key of the flag, to confirm').fill('checkout_2');
  await page.keyboard.press('Enter');
  await page.getByText('Done: flag checkout_2 is deleted').waitFor();
  expect(await consoleServer.flags.get('checkout_2')).toBeUndefined();
  expect(opened).toEqual([expect.stringContaining('400 (Bad Request)')]);
});

test('a console that only shows has the form, the JSON and the history of a flag', async ({
  opened,
  sharedServer,
  page,
}) => {
  await using reader = await ConsoleServer.start(sharedServer, { isReadOnly: true });
  await page.goto(reader.origin);
  await page.getByRole('button', { name: 'checkout', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Flag checkout' });
  await dialog.getByText('Callers whose track is "canary" get on.').waitFor();
  expect(await dialog.getByLabel('Share of on, percent').isDisabled()).toBe(true);
  expect(await dialog.getByLabel("flagd's JSON").isEditable()).toBe(false);
  expect(await dialog.getByText('The flag is created').isVisible()).toBe(true);
  expect(await dialog.getByRole('button').allTextContents()).not.toContain('Save');
  expect(await violationsOf(page)).toEqual([]);
  expect(opened).toEqual([]);
});
