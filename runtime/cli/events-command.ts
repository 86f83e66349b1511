import { Command } from 'commander';
import type { PerchEvent } from '../store/incidents/event-log.ts';
import { print, wholeNumber, type OutputOptions } from './output.ts';
import { withSession } from './session.ts';

interface EventsOptions extends OutputOptions {
  readonly follow?: boolean;
  readonly last: number;
}

/** `perch events`: prints past events, and with --follow new ones. */
export function eventsCommand(): Command {
  return new Command('events')
    .description('Show the events of the service, oldest first.')
    .option(
      '--last <count>',
      'number of newest events to show, 1 to 10000',
      wholeNumber(1, 10_000),
      20,
    )
    .option('--follow', 'keep running and show new events')
    .option('--json', 'print one line of JSON for each event')
    .addHelpText('after', '\nExample:\n  $ perch events --follow')
    .action(async (options: EventsOptions) =>
      withSession(async ({ events }) => {
        const known = await events.last(options.last);
        for (const event of known) show(options, event);
        if (options.follow !== true) return;
        const stop = new AbortController();
        for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort());
        for await (const event of events.follow(known.at(-1)?.id ?? '0', stop.signal)) {
          show(options, event);
        }
      }),
    );
}

function show(options: OutputOptions, event: PerchEvent): void {
  const when = new Date(event.at).toISOString();
  print(options, event, `${when}  ${event.type.padEnd(18)}  ${event.text}  (${event.by})`);
}
