import { Command } from 'commander';
import { env } from '../contract/env.ts';
import type { Notice } from '../core/alerting/notification.ts';
import { sendNotice, type SendOptions } from '../process/send-notification.ts';

/** `perch test-alert`: one notice through every channel, at once and without Redis. */
export function testAlertCommand(): Command {
  return new Command('test-alert')
    .description('Sends one notice through every channel of the monitor’s configuration.')
    .option('--config <file>', `the monitor's configuration; default ${env.monitorConfig}`)
    .option('--json', 'print one line of JSON')
    .addHelpText('after', '\nExample:\n  $ perch test-alert --config /etc/perch/monitor.json')
    .action(async (options: SendOptions) => await sendNotice(options, 1, testNotice));
}

function testNotice(service: string, at: number): Notice {
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
