import { Command, Option } from 'commander';
import { z } from 'zod';
import { env } from '../contract/env.ts';
import { errorMessage } from '../contract/error-message.ts';
import type { IncidentDetails } from '../core/alerting/incident-details.ts';
import { parseInput, requireInput } from '../core/input/input.ts';
import { sendNotification, type SendOptions } from '../process/send-notification.ts';
import { nameSchema } from '../core/input/name-schema.ts';
import { withSession } from './session.ts';

const longest = 500;
const longestLog = 2_000;
const mostLogs = 10;
const tries = 5;

const sentence = z
  .string('must be given')
  .min(1, 'must not be empty')
  .max(longest, `must be ${longest} characters at most`);

const schema = z.object({
  rule: nameSchema('must be given'),
  subject: z
    .string('must be given')
    .regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 printable characters without a space'),
  summary: sentence,
  action: z.array(sentence).default([]),
  log: z
    .array(z.string().max(longestLog, `must be ${longestLog} characters at most`))
    .max(mostLogs, `must be ${mostLogs} texts at most`)
    .optional(),
});

const example = `
Example:
  $ perch notify --rule deployment-failed --subject prod \\
      --summary 'deployment of prod failed' --action 'version 1.4.2 was deployed again'`;

/** Appends the event to the event log. A failure is only printed: the channels do not need Redis. */
async function recordEvent(type: string, details: IncidentDetails): Promise<void> {
  const { summary, ...rest } = details;
  const text = [summary, ...details.actions].join('; ');
  try {
    await withSession(async ({ events, by }) =>
      events.append({ type, text, by, detail: JSON.stringify(rest) }),
    );
  } catch (error) {
    console.error(`perch: the event was not recorded: ${errorMessage(error)}`);
  }
}

/** `perch notify`: sends another program's notification through the channels of alerts. */
export function notifyCommand(): Command {
  return (
    new Command('notify')
      .description("Send a notification through every channel of the monitor's configuration.")
      .option('--rule <name>', 'kind of event, such as deployment-failed; required')
      .option('--subject <name>', 'subject of the event, such as a stack; required')
      .option('--summary <text>', 'one sentence without its full stop; required')
      // The name of --summary in release 0.1: the caller's version may differ from the monitor's.
      .addOption(new Option('--headline <text>').hideHelp())
      .option('--action <text...>', 'actions taken, one sentence each')
      .option('--log <text...>', 'last log lines of containers that failed, one text each')
      .option(
        '--config <file>',
        `configuration file of the monitor, JSON (default: the JSON in ${env.monitorConfig})`,
      )
      .option('--json', 'print one line of JSON')
      .addHelpText('after', example)
      .action(async (options: SendOptions & Readonly<Record<string, unknown>>) => {
        const { rule, subject, summary, action, log } = requireInput(
          parseInput(schema, { ...options, summary: options['summary'] ?? options['headline'] }),
        );
        const details = { summary, actions: action, ...(log !== undefined && { logs: log }) };
        try {
          await sendNotification(options, tries, (service, at) => ({
            service,
            transition: 'opened',
            incidentId: `${rule}|${subject}|${at}`,
            rule,
            subject,
            openedAt: at,
            at,
            details,
          }));
        } finally {
          await recordEvent(rule, details);
        }
      })
  );
}
