import { Command } from 'commander';
import { PerchError } from '../contract/perch-error.ts';
import { didYouMean } from '../contract/suggest-name.ts';
import { inOrderOfUrgency, openIncidents } from '../core/alerting/incident-notes.ts';
import type { Incident } from '../core/alerting/incident.ts';
import type { Mutes } from '../core/alerting/mutes.ts';
import { IncidentStore, resolvedKeptMs } from '../store/incidents/incident-store.ts';
import { MuteStore } from '../store/incidents/mute-store.ts';
import { ackCommand } from './ack-command.ts';
import { nothingText } from './absence.ts';
import { incidentJson, incidentState } from './incident-text.ts';
import { print, table, type OutputOptions } from './output.ts';
import { withSession } from './session.ts';
import { silenceCommand, unsilenceCommand } from './silence-commands.ts';

interface IncidentsOptions extends OutputOptions {
  readonly all?: boolean;
}

const examples = `
Examples:
  $ perch incidents --all
  $ perch incidents ack host-disk --reason "deleting old images"
  $ perch incidents silence host-cpu --minutes 90 --reason "nightly reports"`;

/** `perch incidents`: prints incidents, acknowledges them, and silences rules. */
export function incidentsCommand(): Command {
  return (
    new Command('incidents')
      .description('Show open incidents, newest first; acknowledge them, or silence a rule.')
      .option('--all', 'include resolved incidents of the last week, after the open ones')
      .option('--json', 'print one line of JSON')
      .addHelpText('after', examples)
      .enablePositionalOptions()
      .addCommand(ackCommand())
      .addCommand(silenceCommand())
      .addCommand(unsilenceCommand())
      // Else a misspelt command would be an argument too many.
      .allowExcessArguments()
      .action(async (options: IncidentsOptions, command: Command) => {
        refuseUnknown(command);
        await withSession(async ({ redis, service }) => {
          const store = new IncidentStore(redis, service);
          const [stored, past, mutes] = await Promise.all([
            store.list(),
            options.all === true ? store.past(Date.now() - resolvedKeptMs) : [],
            new MuteStore(redis, service).read(),
          ]);
          const shown =
            options.all === true
              ? inOrderOfUrgency([...stored.values(), ...past])
              : openIncidents(stored.values());
          const listed =
            shown.length === 0
              ? await nothingText({ redis, service }, 'no incidents')
              : incidentTable(shown, mutes);
          print(
            options,
            shown.map((incident) => incidentJson(incident, mutes)),
            [listed, ...silenceTable(mutes)].join('\n\n'),
          );
        });
      })
  );
}

function refuseUnknown({ args, commands }: Command): void {
  const [given] = args;
  if (given === undefined) return;
  const hint = didYouMean(
    given,
    commands.map((command) => command.name()),
  );
  throw new PerchError('bad_input', `unknown command '${given}'${hint}`);
}

function incidentTable(incidents: readonly Incident[], mutes: Mutes): string {
  const rows = incidents.map((incident) => {
    const { rule, subject, openedAt, details } = incident;
    const opened = new Date(openedAt).toISOString();
    const what = [details.summary, ...details.actions].join('; ');
    return [opened, incidentState(incident, mutes), rule, subject, what];
  });
  return table([['OPENED', 'STATE', 'RULE', 'SUBJECT', 'WHAT'], ...rows]);
}

function silenceTable({ silences }: Mutes): string[] {
  if (silences.length === 0) return [];
  const rows = silences.map(({ rule, subject, untilMs, by, reason }) => {
    return [rule, subject ?? 'every one', new Date(untilMs).toISOString(), by, reason ?? ''];
  });
  return [table([['SILENCED RULE', 'SUBJECT', 'UNTIL', 'BY', 'REASON'], ...rows])];
}
