import { expect } from 'vitest';
import { complaintsOf } from '../../support/browser.ts';
import { until } from '../../support/until.ts';
import { ConsoleServer } from '../console-server.ts';
import { test as base } from '../fixtures.ts';
import { stageRollout } from '../staged-release.ts';
import { violationsOf } from './axe.ts';
import { keepPictures } from '../../support/pictures.ts';

const test = base.extend('shown', async ({ staged, page }) => {
  await page.goto(staged.origin);
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  return staged;
});

test('a person pauses and resumes a rollout by keyboard alone, and is told what will happen', async ({
  shown,
  page,
}) => {
  const complaints = complaintsOf(page);
  await page.getByRole('button', { name: 'Pause' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Pause the rollout' });
  await dialog.getByText('the judge advances nothing until somebody resumes it').waitFor();
  expect(await violationsOf(page)).toEqual([]);
  await page.keyboard.type('waiting for the translators');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Canary 2.1.0 is paused at step 2 of 4' }).waitFor();
  await page.getByRole('status').getByText('Done, generation 42').waitFor();
  expect(await releaseOf(shown)).toMatchObject({ phase: 'paused', updatedBy: 'ada' });

  await page.getByRole('button', { name: 'Resume' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('which begins anew with all of its time').waitFor();
  await page.keyboard.type('translations are in');
  await page.keyboard.press('Enter');
  await until(async () => (await releaseOf(shown))?.phase === 'progressing');
  expect(complaints).toEqual([]);
});

test('Escape leaves the dialog without a change, and the focus goes back to its button', async ({
  shown,
  page,
}) => {
  await page.getByRole('button', { name: 'Abort' }).click();
  await page.getByText('canary-1 is ejected').waitFor();
  await keepPictures(page, 'console-change');
  await page.keyboard.press('Escape');
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Abort');
  expect((await releaseOf(shown))?.generation).toBe(41);
});

test('a share that is typed is checked, and its effect is shown before it is set', async ({
  shown,
  page,
}) => {
  await page.getByRole('button', { name: 'Set share' }).click();
  const share = page.getByLabel('Share of the canary, percent');
  await share.fill('33.333');
  await page.getByText(/^Weight must /).waitFor();
  await share.fill('40');
  await page.getByText("The canary's share goes from 25% to 40%.").waitFor();
  await page.getByLabel('Reason').fill('more data');
  await page.getByLabel('Your name').fill('eve');
  await page.getByRole('dialog').getByRole('button', { name: 'Set share' }).click();
  await until(async () => (await releaseOf(shown))?.weight === 40);
  expect(await releaseOf(shown)).toMatchObject({ updatedBy: 'eve', phase: 'paused' });
});

test('a change of a release that has changed meanwhile is refused, with its new effects', async ({
  shown,
  page,
}) => {
  await page.getByRole('button', { name: 'Eject member stable-1' }).click();
  await page.getByText('stable-1 is ejected').waitFor();
  await stageRollout(shown, 50);
  await page.getByLabel('Reason').fill('too slow');
  const eject = page.getByRole('dialog').getByRole('button', { name: 'Eject' });
  await eject.click();
  await page.getByText('Nothing was changed: the release is at generation 50').waitFor();
  await eject.click();
  await until(async () => (await releaseOf(shown))?.generation === 51);
  const stable = (await releaseOf(shown))?.members.find(({ id }) => id === 'stable-1');
  expect(stable?.state).toBe('ejected');
});

test('a read-only console offers no change', async ({ server, page }) => {
  await using watching = await ConsoleServer.start(server, { isReadOnly: true });
  await stageRollout(watching);
  await page.goto(watching.origin);
  await page.getByRole('heading', { name: 'Canary 2.1.0 has 25%' }).waitFor();
  await page.locator('#member-rows tr').first().waitFor();
  // A table, a copied command and the form of a flag, which is disabled then, change nothing.
  const buttons = await page.getByRole('button').allTextContents();
  expect(buttons.filter((text) => !/^(?:Table of .*|Copy|new_feature)$/.test(text))).toEqual([]);
  expect(await page.getByRole('switch').count()).toBe(0);
  await page.getByRole('button', { name: 'new_feature' }).click();
  const dialog = page.getByRole('dialog', { name: 'Flag new_feature' });
  await dialog.waitFor();
  expect(await dialog.getByRole('button', { name: /Save|Delete|Undo/ }).count()).toBe(0);
});

async function releaseOf({ releases }: ConsoleServer) {
  const read = await releases.read();
  return read.kind === 'found' ? read.document : undefined;
}
