import { Command } from 'commander';
import { PerchError } from '../contract/perch-error.ts';
import type { EventLog, PerchEvent } from '../store/incidents/event-log.ts';
import { nothingText } from './absence.ts';
import { printHint } from './diagnostics.ts';
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
    .option('--follow', 'keep running and show new events; reconnects to a Redis that goes away')
    .option('--json', 'print one line of JSON for each event')
    .addHelpText('after', '\nExample:\n  $ perch events --follow')
    .action(async (options: EventsOptions) =>
      withSession(async (session) => {
        const known = await session.events.last(options.last);
        for (const event of known) show(options, event);
        if (known.length === 0 && options.json !== true) {
          console.log(await nothingText(session, 'no events'));
        }
        if (options.follow === true) await follow(options, session.events, known.at(-1)?.id ?? '0');
      }),
    );
}

/** Shows each event after `id` once, also those of the time in which Redis was away. */
async function follow(options: EventsOptions, events: EventLog, id: string): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort());
  let isAway = false;
  let knownLost: string | undefined;
  const onFailure = (error: unknown) => {
    if (!(error instanceof PerchError) || error.code !== 'redis_unavailable') throw error;
    if (!isAway) printHint(`${error.message}; reconnecting until Redis answers`);
    isAway = true;
  };
  for await (const { events: found, lost } of events.follow(id, stop.signal, onFailure)) {
    if (isAway) printHint('Redis answers again; events of the time between follow');
    isAway = false;
    if (lost !== undefined && lost !== knownLost) {
      printHint(`Redis no longer holds the event ${lost}: later ones may be lost, too`);
      knownLost = lost;
    }
    for (const event of found) show(options, event);
  }
}

function show(options: OutputOptions, event: PerchEvent): void {
  const when = new Date(event.at).toISOString();
  print(options, event, `${when}  ${event.type.padEnd(18)}  ${event.text}  (${event.by})`);
}
