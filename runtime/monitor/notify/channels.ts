import type { MonitorConfig } from '../config.ts';
import { defined } from '../defined.ts';
import type { Channel } from './channel.ts';
import { EmailChannel } from './email/email-channel.ts';
import { SmsChannel } from './sms/sms-channel.ts';
import { WebhookChannel } from './webhook/webhook-channel.ts';

export interface WebhookSecrets {
  /** Takes precedence over the URL in the configuration. */
  readonly url?: string | undefined;
  readonly secret?: string | undefined;
}

/** Channels that the configuration asks for: email, one for each SMS number, webhook. */
export function channelsOf(
  { email, sms, webhook, link }: Pick<MonitorConfig, 'email' | 'sms' | 'webhook' | 'link'>,
  { url = webhook?.url, secret }: WebhookSecrets,
  now: () => number,
): Channel[] {
  const channels: Channel[] = [];
  if (email !== undefined) {
    const { from, to, region, endpoint } = email;
    channels.push(new EmailChannel({ from, to, ...defined({ region, endpoint, link }) }));
  }
  for (const number of sms?.numbers ?? []) {
    const { region, endpoint } = sms ?? {};
    channels.push(new SmsChannel({ number, ...defined({ region, endpoint }) }));
  }
  if (url !== undefined) {
    channels.push(new WebhookChannel({ url, now, ...defined({ secret, link }) }));
  }
  return channels;
}
