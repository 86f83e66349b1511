import { Command } from 'commander';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { PerchError, type InputProblem } from '../contract/perch-error.ts';
import { didYouMean } from '../contract/suggest-name.ts';
import { openIncidents } from '../core/alerting/incident-notes.ts';
import type { Incident } from '../core/alerting/incident.ts';
import { inputError, inputProblemsText, parseInput } from '../core/input/input.ts';
import { IncidentStore } from '../store/incidents/incident-store.ts';
import { MuteStore } from '../store/incidents/mute-store.ts';
import { nothingText } from './absence.ts';
import { incidentJson } from './incident-text.ts';
import { noteSchemas } from '../core/input/note-schemas.ts';
import { noteOf } from './operator-note.ts';
import { print, type OutputOptions } from './output.ts';
import { withSession } from './session.ts';

const schema = z.object({
  incident: z
    .array(z.string())
    .min(1, 'must be given: the id, rule or subject of an open incident'),
  ...noteSchemas,
});

const help = `
An acknowledged incident sends no more reminders. Its resolution is still notified.

Example:
  $ perch incidents ack host-disk --by eve --reason "deleting old images"`;

/** `perch incidents ack`: acknowledges open incidents. */
export function ackCommand(): Command {
  return new Command('ack')
    .description('Acknowledge open incidents: somebody takes care of them.')
    .argument('[incident...]', 'ids, rules or subjects of open incidents, at least one; required')
    .option('--by <name>', 'who takes care of them (default: user and host of this command)')
    .option('--reason <text>', 'what is being done, for the events and the list')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', help)
    .action(async (incident: readonly string[], options: OutputOptions) => {
      const parsed = parseInput(schema, { ...options, incident });
      await withSession(async ({ redis, service, by }) => {
        const stored = [...(await new IncidentStore(redis, service).list()).values()];
        const { chosen, problems } = chooseIncidents(stored, incident);
        if (!parsed.ok) throw inputError([...parsed.problems, ...problems]);
        if (problems.length > 0) throw await notOpen({ redis, service }, problems);
        const store = new MuteStore(redis, service);
        const note = noteOf(parsed.value, { by });
        const outcome = await store.acknowledge(chosen, note);
        if (outcome !== 'stored')
          throw resolvedMeanwhile(outcome === 'changed' ? chosen : [outcome]);
        const mutes = await store.read();
        const lines = chosen.map(
          ({ rule, subject }) => `${rule} of ${subject} is acknowledged by ${note.by}`,
        );
        print(
          options,
          chosen.map((one) => incidentJson(one, mutes)),
          lines.join('\n'),
        );
      });
    });
}

/** Open incidents with one of the names as id, rule or subject, and the names of none. */
function chooseIncidents(
  stored: readonly Incident[],
  names: readonly string[],
): { readonly chosen: readonly Incident[]; readonly problems: readonly InputProblem[] } {
  const open = openIncidents(stored);
  const known = new Set(open.flatMap(namesOf));
  const unknown = names.filter((name) => !known.has(name));
  const resolved = new Set(stored.flatMap(namesOf));
  return {
    chosen: open.filter((incident) => namesOf(incident).some((name) => names.includes(name))),
    problems: unknown.map((name) => {
      const why = resolved.has(name) ? ', which is resolved' : didYouMean(name, [...known]);
      const rule = `must be the id, rule or subject of an open incident, got ${name}${why}`;
      return { field: 'incident', rule };
    }),
  };
}

/** Error for names of no open incident, or for a service that is not there. */
async function notOpen(
  asked: { readonly redis: Redis; readonly service: string },
  problems: readonly InputProblem[],
): Promise<PerchError> {
  const text = await nothingText(asked, inputProblemsText(problems));
  return new PerchError('not_found', text, { problems });
}

function resolvedMeanwhile(incidents: readonly Incident[]): PerchError {
  const names = incidents.map(({ rule, subject }) => `${rule} of ${subject}`).join(', ');
  return new PerchError('not_found', `nothing was changed: ${names} is not open any more`);
}

function namesOf({ id, rule, subject }: Incident): string[] {
  return [id, rule, subject];
}
