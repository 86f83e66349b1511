import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EmailChannel } from '../../../runtime/monitor/notify/email-channel.ts';
import { useEmulatorCredentials } from '../../support/aws-credentials.ts';
import { FaultyProxy } from '../../support/faulty-proxy.ts';
import { notification } from '../../support/notification.ts';
import { SesEmulator } from '../../support/ses-emulator.ts';

describe('EmailChannel', () => {
  let ses: SesEmulator;
  let proxy: FaultyProxy;
  let channel: EmailChannel;

  beforeAll(async () => {
    useEmulatorCredentials();
    ses = await SesEmulator.start();
    proxy = await FaultyProxy.start(ses.endpoint);
    channel = new EmailChannel({
      from: 'Perch <perch@example.com>',
      to: ['ops@example.com', 'dev@example.com'],
      link: 'https://perch.example.com/',
      region: 'eu-central-1',
      endpoint: proxy.endpoint,
    });
  });
  beforeEach(() => {
    proxy.fault = 'none';
    proxy.bodies.length = 0;
  });
  afterAll(async () => {
    channel.close();
    await proxy[Symbol.asyncDispose]();
    await ses[Symbol.asyncDispose]();
  });

  /** The header section of what was sent last. */
  const header = () => {
    const data = new URLSearchParams(proxy.bodies[0]).get('RawMessage.Data') ?? '';
    const message = Buffer.from(data, 'base64').toString();
    return message.slice(0, message.indexOf('\r\n\r\n'));
  };

  it('sends one mail to all recipients, in text and in HTML', async () => {
    expect(await channel.send(notification())).toEqual({ kind: 'sent' });
    const [mail, ...others] = await ses.mails();
    expect(others).toEqual([]);
    expect(mail?.subject).toMatch(/^\[shop\] canary 2\.0\.0 fails/);
    expect(mail?.destination.to.join()).toContain('ops@example.com');
    expect(mail?.destination.to.join()).toContain('dev@example.com');
    expect(mail?.body.text).toContain('flag new_feature disabled');
    expect(mail?.body.html).toContain('<li>flag new_feature disabled</li>');
  });

  it('ties the mails of one incident together, and no others', async () => {
    const threads: (string | undefined)[] = [];
    const other = { incidentId: 'host-disk|host-1|5' };
    for (const about of [
      notification(),
      notification({ transition: 'resolved' }),
      notification(other),
    ]) {
      proxy.bodies.length = 0;
      await channel.send(about);
      threads.push(/^References:([^]*?)\r\n(?! )/m.exec(header())?.[1]);
    }
    expect(threads[0]).toMatch(/<[\w-]+@shop\.perch\.invalid>/);
    expect(threads[1]).toBe(threads[0]);
    expect(threads[2]).not.toBe(threads[0]);
    expect(header()).toMatch(/^Auto-Submitted: auto-generated\r$/m);
  });

  it('cannot be made to send further headers by what a notice says', async () => {
    const summary = 'disk full\r\nBcc: victim@example.com';
    await channel.send(notification({ details: { summary, actions: [] } }));
    expect(header()).not.toMatch(/^Bcc:/im);
  });

  it('can be tried again when SES throttles, after one try that says so', async () => {
    proxy.fault = 'throttled';
    const delivery = await channel.send(notification());
    expect(delivery).toMatchObject({ kind: 'failed' });
    expect(delivery).toHaveProperty('reason', expect.stringContaining('Throttling'));
    expect(proxy.bodies).toHaveLength(1);
  });

  it('can be tried again when SES is broken', async () => {
    proxy.fault = 'broken';
    expect(await channel.send(notification())).toMatchObject({ kind: 'failed' });
  });
});
