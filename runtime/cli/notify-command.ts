import { Command, Option } from 'commander';
import { z } from 'zod';
import { env } from '../contract/env.ts';
import { parseInput, requireInput } from '../core/input/input.ts';
import { sendNotification, type SendOptions } from '../process/send-notification.ts';
import { nameSchema } from '../core/input/name-schema.ts';

const longest = 500;
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
});

const example = `
Example:
  $ perch notify --rule deployment-failed --subject prod \\
      --summary 'deployment of prod failed' --action 'version 1.4.2 was deployed again'`;

/** `perch notify`: what another program has to tell, through the same channels as an alert. */
export function notifyCommand(): Command {
  return (
    new Command('notify')
      .description('Tells of something through every channel of the monitor’s configuration.')
      .option('--rule <name>', 'what kind of thing it is')
      .option('--subject <name>', 'whom it is about')
      .option('--summary <text>', 'what happened, a sentence without its full stop')
      // The name of --summary in release 0.1: who deploys may be older or newer than the monitor.
      .addOption(new Option('--headline <text>').hideHelp())
      .option('--action <text...>', 'what was done about it, a sentence each')
      .option('--config <file>', `the monitor's configuration; default ${env.monitorConfig}`)
      .option('--json', 'print one line of JSON')
      .addHelpText('after', example)
      .action(async (options: SendOptions & Readonly<Record<string, unknown>>) => {
        const { rule, subject, summary, action } = requireInput(
          parseInput(schema, { ...options, summary: options['summary'] ?? options['headline'] }),
        );
        await sendNotification(options, tries, (service, at) => ({
          service,
          transition: 'opened',
          incidentId: `${rule}|${subject}|${at}`,
          rule,
          subject,
          openedAt: at,
          at,
          details: { summary, actions: action },
        }));
      })
  );
}
