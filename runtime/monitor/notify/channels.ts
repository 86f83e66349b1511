import type { MonitorConfig } from '../config.ts';
import type { Channel } from './channel.ts';
import { EmailChannel } from './email/email-channel.ts';
import { SmsChannel } from './sms/sms-channel.ts';
import { WebhookChannel } from './webhook/webhook-channel.ts';
import { defined } from '../defined.ts';

export interface WebhookSecrets {
  readonly url?: string | undefined;
  readonly secret?: string | undefined;
}

/** The channels that are configured, in the order in which they are tried. */
export function channelsOf(
  config: Pick<MonitorConfig, 'email' | 'sms' | 'webhook' | 'link'>,
  { url, secret }: WebhookSecrets,
  now: () => number,
): Channel[] {
  const { email, sms, webhook, link } = config;
  const webhookUrl = url ?? webhook?.url;
  return [
    ...(email === undefined
      ? []
      : [
          new EmailChannel({
            from: email.from,
            to: email.to,
            ...defined({ ...place(email), link }),
          }),
        ]),
    ...(sms?.numbers ?? []).map(
      (number) => new SmsChannel({ number, ...defined(place(sms ?? {})) }),
    ),
    ...(webhookUrl === undefined
      ? []
      : [new WebhookChannel({ url: webhookUrl, now, ...defined({ secret, link }) })]),
  ];
}

function place({
  region,
  endpoint,
}: {
  region?: string | undefined;
  endpoint?: string | undefined;
}) {
  return { region, endpoint };
}
