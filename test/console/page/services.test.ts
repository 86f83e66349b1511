import { expect } from 'vitest';
import { complaintsOf } from '../../support/browser.ts';
import { test } from '../fixtures.ts';
import { stageIncident, stageServices } from '../several-services.ts';
import { expectReadable } from './readable.ts';
import { keepPictures } from '../../support/pictures.ts';

test('the page lists several services, opens one, and goes back by a click, a key or the browser', async ({
  staged,
  page,
}) => {
  const complaints = complaintsOf(page);
  await stageServices(staged, ['blog', 'mail']);
  await page.goto(staged.origin);
  await page.getByRole('heading', { name: 'All 3 services are well.' }).waitFor();
  expect(await page.locator('#service-list a').allTextContents()).toEqual(['shop', 'blog', 'mail']);
  expect(await page.locator('#summary').isVisible()).toBe(false);
  const incident = await stageIncident(staged, 'mail', 'the disk of host-1 is full');
  await page.getByRole('heading', { name: '1 of 3 services needs you.' }).waitFor();
  expect(await page.locator('#service-list a').first().textContent()).toBe('mail');
  await expectReadable(page);
  await keepPictures(page, 'console-services');

  await page.getByRole('link', { name: 'blog' }).click();
  await page.getByRole('heading', { name: 'has all of the traffic.' }).waitFor();
  await page.getByText('Another service needs you: mail').waitFor();
  expect(await page.locator('#services').isVisible()).toBe(false);
  await page.keyboard.press('u');
  await page.getByRole('heading', { name: '1 of 3 services needs you.' }).waitFor();
  await page.goBack();
  await page.getByRole('heading', { name: 'has all of the traffic.' }).waitFor();

  await page.goto(`${staged.origin}/?service=mail&incident=${encodeURIComponent(incident)}`);
  const linked = page.locator('#incident-list .linked');
  await linked.waitFor();
  await linked.getByRole('button', { name: 'Acknowledge' }).click();
  await page.locator('#change').getByText('Service mail').waitFor();
  await expectReadable(page);
  await page.keyboard.press('Escape');

  // The link of a message about the console's own service names none.
  await page.goto(`${staged.origin}/?incident=gone`);
  await page.getByText('Incident gone: no such incident is stored').waitFor();
  await page.goto(`${staged.origin}/?service=mial`);
  const alert = page.locator('#alert');
  await alert.getByText('There is no service mial; did you mean mail?').waitFor();
  expect(complaints.filter((text) => !text.includes('404'))).toEqual([]);
});

test('the page of a single service has no list', async ({ staged, page }) => {
  await page.goto(staged.origin);
  await page.getByRole('heading', { name: 'Canary 2.1.0 has 25%, step 2 of 4' }).waitFor();
  expect(await page.locator('#back').isVisible()).toBe(false);
  expect(await page.locator('#services').isVisible()).toBe(false);
});
