import { Command } from 'commander';
import { env } from '../contract/env.ts';
import type { Notification } from '../core/alerting/notification.ts';
import { sendNotification, type SendOptions } from '../process/send-notification.ts';

/** `perch test-alert`: sends one notification through every channel, at once and without Redis. */
export function testAlertCommand(): Command {
  return new Command('test-alert')
    .description("Send a test notification through every channel of the monitor's configuration.")
    .option(
      '--config <file>',
      `configuration file of the monitor, JSON (default: the JSON in ${env.monitorConfig})`,
    )
    .option('--json', 'print one line of JSON')
    .addHelpText('after', '\nExample:\n  $ perch test-alert --config /etc/perch/monitor.json')
    .action(async (options: SendOptions) => await sendNotification(options, 1, testNotification));
}

function testNotification(service: string, at: number): Notification {
  return {
    service,
    transition: 'opened',
    incidentId: `test-alert|${service}|${at}`,
    rule: 'test-alert',
    subject: service,
    openedAt: at,
    at,
    details: { summary: 'this is a test: nothing is wrong, nothing was done', actions: [] },
  };
}
