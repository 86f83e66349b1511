import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { mailboxPage } from '../../../rehearsal/mailbox/mailbox-page.ts';
import { expectReadable } from '../../console/page/readable.ts';
import { keepPictures } from '../../support/pictures.ts';
import { complaintsOf } from '../../support/browser.ts';
import { SesEmulator } from '../../support/aws/ses-emulator.ts';
import { test } from '../../support/fixtures.ts';

/** Sends an email to the emulated SES, as a monitor does. */
async function sendEmail(emulatorUrl: string, subject: string, html: string): Promise<void> {
  const { ok } = await fetch(emulatorUrl, {
    method: 'POST',
    headers: { authorization: 'AWS4-HMAC-SHA256 test' },
    body: new URLSearchParams({
      Action: 'SendEmail',
      Source: 'perch@example.com',
      'Destination.ToAddresses.member.1': 'team@example.com',
      'Message.Subject.Data': subject,
      'Message.Body.Text.Data': 'text',
      'Message.Body.Html.Data': `<!doctype html><html lang="en"><head></head><body>${html}</body></html>`,
    }),
  });
  expect(ok).toBe(true);
}

test('the mailbox shows each email as it arrives, runs nothing that is in it, and is readable for everybody', async ({
  page,
}) => {
  await using emulator = await SesEmulator.start();
  const emulatorUrl = emulator.endpoint;
  const console = { name: 'Console', url: 'http://127.0.0.1:1/' };
  const server = mailboxPage({ emulatorUrl, links: [console] }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const complaints = complaintsOf(page);
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await page.getByRole('heading', { name: 'No email yet' }).waitFor();
  expect(await page.getByRole('link', { name: 'Console' }).getAttribute('href')).toBe(console.url);

  await sendEmail(emulatorUrl, 'canary <b>ejected</b>', '<p style="color:red">It failed.</p>');
  const frame = (subject: string) => page.frameLocator(`iframe[title="Email: ${subject}"]`);
  await frame('canary <b>ejected</b>').getByText('It failed.').waitFor();
  expect(complaints).toEqual([]);

  const script = '<img src="x" onerror="parent.document.title=1"><p>It is well.</p>';
  await sendEmail(emulatorUrl, 'resolved', script);
  await frame('resolved').getByText('It is well.').waitFor();
  await page.getByRole('heading', { name: '2 emails' }).waitFor();
  expect(await page.locator('#problem').isVisible()).toBe(false);
  expect(await page.locator('#note').isVisible()).toBe(false);
  expect(await page.title()).toBe('Mailbox · Perch');
  expect(await page.locator('summary strong').allTextContents()).toEqual([
    'resolved',
    'canary <b>ejected</b>',
  ]);
  expect(await page.locator('details[open]').count()).toBe(1);
  await expectReadable(page);
  await keepPictures(page, 'mailbox');
});
