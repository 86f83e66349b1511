import { expect } from 'vitest';
import { complaintsOf } from '../../support/browser.ts';
import { ConsoleServer } from '../console-server.ts';
import { violationsOf } from '../page/axe.ts';
import { stageRollout } from '../staged-release.ts';
import { clock, signInAt, test } from './fixtures.ts';
import { keepPictures } from '../../support/pictures.ts';

test('in a browser a person signs in at the provider, changes the release in their name, and signs out', async ({
  guarded,
  page,
}) => {
  const complaints = complaintsOf(page);
  await stageRollout(guarded);
  const wanted = `${guarded.origin}/?incident=none`;
  await page.goto(wanted);
  await page.getByLabel('Email').fill('ada@example.com');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Pause' }).click();
  expect(page.url()).toBe(wanted);
  expect(await page.locator('#signed-in').textContent()).toContain('ada@example.com');
  const dialog = page.getByRole('dialog', { name: 'Pause the rollout' });
  await dialog.getByText('the judge advances nothing until somebody resumes it').waitFor();
  expect(await page.getByLabel('Your name').isVisible()).toBe(false);
  await page.keyboard.type('waiting for the translators');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Canary 2.1.0 is paused at step 2 of 4' }).waitFor();
  expect((await guarded.events.last(1))[0]).toMatchObject({
    type: 'rollout-paused',
    by: 'ada@example.com',
  });
  expect(await violationsOf(page)).toEqual([]);

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
  await keepPictures(page, 'console-signed-out');
  expect(await violationsOf(page)).toEqual([]);
  const { cookies } = await page.context().storageState();
  expect(cookies.map(({ name }) => name).filter((name) => name.startsWith('perch-'))).toEqual([]);
  expect(complaints).toEqual([]);
});

test('a page whose session ends says so above an open dialog, and leads back to itself', async ({
  page,
  provider,
  sharedServer,
}) => {
  const people = { signIn: signInAt(provider.issuer) };
  const first = await ConsoleServer.start(sharedServer, people);
  await stageRollout(first, 50);
  await provider.serve(`${first.origin}/sign-in/callback`);
  const wanted = `${first.origin}/?incident=none`;
  await page.goto(wanted);
  await page.getByLabel('Email').fill('ada@example.com');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Pause' }).click();
  const ended = page.getByRole('dialog', { name: 'Signed out' });
  {
    using _ = clock.ahead(8.1);
    await ended.waitFor();
    expect(await violationsOf(page)).toEqual([]);
    expect(await page.evaluate('document.activeElement.id')).toBe('sign-in');
    await page.keyboard.press('Enter');
    await page.locator('#member-rows tr').first().waitFor();
    expect(page.url()).toBe(wanted);
  }

  // A request that finds no session ends the page.
  await page.context().clearCookies({ name: 'perch-session' });
  await page.getByRole('switch', { name: 'new_feature', exact: true }).click();
  await ended.getByRole('link', { name: 'Sign in' }).click();
  await page.locator('#member-rows tr').first().waitFor();

  // So does a console that runs with another list of people.
  const { port } = new URL(first.origin);
  await first[Symbol.asyncDispose]();
  await using _ = await ConsoleServer.start(sharedServer, {
    port: Number(port),
    signIn: signInAt(provider.issuer, { users: ['@perch.example'] }),
  });
  await ended.getByRole('link', { name: 'Sign in' }).click();
  await page.getByText('ada@example.com is not on the list of people who may use it.').waitFor();
});
