import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { env } from '../contract/env.ts';
import { PerchError } from '../contract/perch-error.ts';
import { parseInput, requireInput } from '../core/input/input.ts';
import type { Notification } from '../core/alerting/notification.ts';
import { channelsOf } from '../monitor/notify/channels.ts';
import type { Channel, SendResult } from '../monitor/notify/channel.ts';
import { readMonitorConfig, webhookSchemas } from './monitor-settings.ts';
import { nameSchema } from '../core/input/name-schema.ts';

export interface SendOptions {
  /** File of the monitor's configuration. Default: the environment. */
  readonly config?: string;
  /** One line of JSON instead of text for people. */
  readonly json?: boolean;
}

const schema = z.object({
  [env.service]: nameSchema(),
  ...webhookSchemas,
});

/** Before the second try, milliseconds; then twice as long each time. SES throttles by the second. */
const firstPauseMs = 500;

/**
 * Sends one notice through every channel of the monitor's configuration, at once and without Redis,
 * and prints what became of it.
 * @param tries how often a channel is tried while another try may help.
 * @throws PerchError `bad_input`, also without a channel; `not_delivered` when one did not take it.
 */
export async function sendNotification(
  options: SendOptions,
  tries: number,
  notificationFor: (service: string, at: number) => Notification,
): Promise<void> {
  const secret = [env.webhookUrl, env.webhookSecret];
  const read = requireInput(parseInput(schema, process.env, { secret }));
  const config = await readMonitorConfig(options.config);
  const webhook = { url: read[env.webhookUrl], secret: read[env.webhookSecret] };
  const channels = channelsOf(config, webhook, Date.now);
  if (channels.length === 0) {
    throw new PerchError('bad_input', 'the configuration must have email, sms or webhook');
  }
  const notification = notificationFor(read[env.service], Date.now());
  const outcomes = await Promise.all(
    channels.map(async (channel) => ({
      channel: channel.name,
      ...(await send(channel, notification, tries)),
    })),
  );
  console.log(options.json === true ? JSON.stringify(outcomes) : outcomes.map(line).join('\n'));
  const failed = outcomes.filter(({ kind }) => kind !== 'sent').map(({ channel }) => channel);
  if (failed.length === 0) return;
  throw new PerchError('not_delivered', `no notice went through ${failed.join(', ')}`);
}

async function send(
  channel: Channel,
  notification: Notification,
  tries: number,
): Promise<SendResult> {
  for (let pauseMs = firstPauseMs, left = tries - 1; ; pauseMs *= 2, left -= 1) {
    const result = await channel.send(notification);
    if (result.kind !== 'failed' || left <= 0) return result;
    await delay(pauseMs);
  }
}

function line(outcome: SendResult & { readonly channel: string }): string {
  const { channel, kind } = outcome;
  return `${channel}: ${kind}${kind === 'sent' ? '' : `, ${outcome.reason}`}`;
}
