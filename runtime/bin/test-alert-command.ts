import { Command } from 'commander';
import { z } from 'zod';
import { env } from '../contract/env.ts';
import { namePattern, nameRule } from '../contract/names.ts';
import { PerchError } from '../contract/perch-error.ts';
import { parseInput, requireInput } from '../decide/input.ts';
import type { Notice } from '../decide/notice.ts';
import { channelsOf } from '../monitor/channels.ts';
import { readMonitorConfig, webhookSchemas } from './monitor-settings.ts';

/** `perch test-alert`: one notice through every channel, at once and without Redis. */
export function testAlertCommand(): Command {
  return new Command('test-alert')
    .description('Sends one notice through every channel of the monitor’s configuration.')
    .option('--config <file>', `the monitor's configuration; default ${env.monitorConfig}`)
    .option('--json', 'print one line of JSON')
    .addHelpText('after', '\nExample:\n  $ perch test-alert --config /etc/perch/monitor.json')
    .action(sendTestAlert);
}

const schema = z.object({
  [env.service]: z.string('must be set').regex(namePattern, `must ${nameRule}`),
  ...webhookSchemas,
});

async function sendTestAlert(options: { config?: string; json?: boolean }): Promise<void> {
  const secret = [env.webhookUrl, env.webhookSecret];
  const read = requireInput(parseInput(schema, process.env, { secret }));
  const config = await readMonitorConfig(options.config);
  const webhook = { url: read[env.webhookUrl], secret: read[env.webhookSecret] };
  const channels = channelsOf(config, webhook, Date.now);
  if (channels.length === 0) {
    throw new PerchError('bad_input', 'the configuration must have email, sms or webhook');
  }
  const notice = testNotice(read[env.service]);
  const outcomes = await Promise.all(
    channels.map(async (channel) => ({ channel: channel.name, ...(await channel.send(notice)) })),
  );
  const line = (outcome: (typeof outcomes)[number]) =>
    `${outcome.channel}: ${outcome.kind}${outcome.kind === 'sent' ? '' : `, ${outcome.reason}`}`;
  console.log(options.json === true ? JSON.stringify(outcomes) : outcomes.map(line).join('\n'));
  const failed = outcomes.filter(({ kind }) => kind !== 'sent').map(({ channel }) => channel);
  if (failed.length === 0) return;
  throw new PerchError('not_delivered', `no notice went through ${failed.join(', ')}`);
}

function testNotice(service: string): Notice {
  const at = Date.now();
  return {
    service,
    transition: 'opened',
    incidentId: `test-alert|${service}|${at}`,
    rule: 'test-alert',
    subject: service,
    openedAt: at,
    at,
    facts: { headline: 'this is a test: nothing is wrong', actions: ['nothing was done'] },
  };
}
