import { Command } from 'commander';
import type { PerchEvent } from '../store/incidents/event-log.ts';
import { print, wholeNumber, type OutputOptions } from './output.ts';
import { withSession } from './session.ts';

interface EventsOptions extends OutputOptions {
  readonly follow?: boolean;
  readonly last: number;
}

/** `perch events`: what happened, and with --follow what happens. */
export function eventsCommand(): Command {
  return new Command('events')
    .description('Shows what happened to the service, oldest first.')
    .option('--last <count>', 'how many of the newest, 1 to 10000', wholeNumber(1, 10_000), 20)
    .option('--follow', 'go on with new ones as they come')
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
