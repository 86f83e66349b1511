import { Command } from 'commander';
import { formatDuration } from '../core/alerting/format-value.ts';
import type { Incident } from '../core/alerting/incident.ts';
import { withStoredNames } from '../core/alerting/stored-details.ts';
import { IncidentStore } from '../store/incidents/incident-store.ts';
import { print, table, type OutputOptions } from './output.ts';
import { withSession } from './session.ts';

interface IncidentsOptions extends OutputOptions {
  readonly all?: boolean;
}

/** `perch incidents`: prints open incidents, and with --all resolved ones too. */
export function incidentsCommand(): Command {
  return new Command('incidents')
    .description('Show open incidents, newest first.')
    .option('--all', 'include resolved incidents')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', '\nExample:\n  $ perch incidents --all')
    .action(async (options: IncidentsOptions) =>
      withSession(async ({ redis, service }) => {
        const stored = [...(await new IncidentStore(redis, service).list()).values()];
        const shown = stored
          .filter(({ resolvedAt }) => options.all === true || resolvedAt === null)
          .sort((a, b) => b.openedAt - a.openedAt);
        print(
          options,
          shown.map(withStoredNames),
          shown.length === 0 ? 'no incidents' : incidentTable(shown),
        );
      }),
    );
}

function incidentTable(incidents: readonly Incident[]): string {
  const rows = incidents.map(({ rule, subject, openedAt, resolvedAt, details }) => [
    new Date(openedAt).toISOString(),
    resolvedAt === null ? 'open' : `resolved after ${formatDuration(resolvedAt - openedAt)}`,
    rule,
    subject,
    [details.summary, ...details.actions].join('; '),
  ]);
  return table([['OPENED', 'STATE', 'RULE', 'SUBJECT', 'WHAT'], ...rows]);
}
