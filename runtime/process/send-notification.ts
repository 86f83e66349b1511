import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { env } from '../contract/env.ts';
import { PerchError } from '../contract/perch-error.ts';
import { parseInput, requireInput } from '../core/input/input.ts';
import type { Notification } from '../core/alerting/notification.ts';
import { channelsOf } from '../monitor/notify/channels.ts';
import type { Channel, SendResult } from '../monitor/notify/channel.ts';
import { maxUnconfirmed } from '../monitor/notify/retry-stage.ts';
import { readMonitorConfig, webhookSchemas } from './monitor-settings.ts';
import { nameSchema } from '../core/input/name-schema.ts';

export interface SendOptions {
  /** Path of the monitor's configuration. Default: the environment. */
  readonly config?: string;
  /** Prints one line of JSON instead of text. Default: false. */
  readonly json?: boolean;
}

const schema = z.object({
  [env.service]: nameSchema(),
  ...webhookSchemas,
});

/** Pause before the second attempt, milliseconds; doubles each time. SES throttles by the second. */
const firstPauseMs = 500;

/**
 * Sends one notification through every channel of the monitor's configuration, immediately and
 * without Redis, and prints the result of each channel.
 * @param attempts most attempts for each channel.
 * @throws PerchError `bad_input`, also without a channel; `not_delivered` if any channel failed.
 */
export async function sendNotification(
  options: SendOptions,
  attempts: number,
  notificationFor: (service: string, at: number) => Notification,
): Promise<void> {
  const secret = [env.webhookUrl, env.webhookSecret];
  const read = requireInput(parseInput(schema, process.env, { secret }));
  const config = await readMonitorConfig(options.config);
  const webhook = { url: read[env.webhookUrl], secret: read[env.webhookSecret] };
  const channels = channelsOf(config, webhook, Date.now);
  if (channels.length === 0) {
    throw new PerchError('bad_input', 'the configuration must contain email, sms or webhook');
  }
  const notification = notificationFor(read[env.service], Date.now());
  const results = await Promise.all(
    channels.map(async (channel) => ({
      channel: channel.name,
      ...(await send(channel, notification, attempts)),
    })),
  );
  console.log(options.json === true ? JSON.stringify(results) : results.map(line).join('\n'));
  const failed = results.filter(({ kind }) => kind !== 'sent').map(({ channel }) => channel);
  if (failed.length === 0) return;
  throw new PerchError(
    'not_delivered',
    `the notification was not delivered through ${failed.join(', ')}`,
  );
}

async function send(
  channel: Channel,
  notification: Notification,
  attempts: number,
): Promise<SendResult> {
  let unconfirmed = 0;
  for (let pauseMs = firstPauseMs, left = attempts - 1; ; pauseMs *= 2, left -= 1) {
    const result = await channel.send([notification]);
    if (result.kind === 'sent' || result.kind === 'rejected' || left <= 0) return result;
    if (result.kind === 'unknown') unconfirmed += 1;
    if (unconfirmed >= maxUnconfirmed) return result;
    await delay(pauseMs);
  }
}

function line(result: SendResult & { readonly channel: string }): string {
  const { channel, kind } = result;
  return `${channel}: ${kind}${kind === 'sent' ? '' : `, ${result.reason}`}`;
}
