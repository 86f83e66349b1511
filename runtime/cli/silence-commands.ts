import { Command } from 'commander';
import { z } from 'zod';
import { env } from '../contract/env.ts';
import { PerchError, type InputProblem } from '../contract/perch-error.ts';
import { didYouMean } from '../contract/suggest-name.ts';
import { defaultRules, reservedRules } from '../core/alerting/default-rules.ts';
import { formatDuration } from '../contract/format-duration.ts';
import { openIncidents } from '../core/alerting/incident-notes.ts';
import {
  isSilencedBy,
  longestSilenceMinutes,
  silencedText,
  silenceMinutesRule,
  silenceTarget,
  type Silence,
} from '../core/alerting/mutes.ts';
import { inputError, parseInput, requireInput } from '../core/input/input.ts';
import { rulesInForce } from '../monitor/rules/rules-in-force.ts';
import { readMonitorConfig } from '../process/monitor-settings.ts';
import { IncidentStore } from '../store/incidents/incident-store.ts';
import { MuteStore } from '../store/incidents/mute-store.ts';
import { hintIfMisspelt } from './absence.ts';
import { noteSchemas } from '../core/input/note-schemas.ts';
import { noteOf } from './operator-note.ts';
import { print, type OutputOptions } from './output.ts';
import { withSession } from './session.ts';

/** Rules that exist whatever the configuration says. */
const defaultIds = [...Object.values(defaultRules).map(({ id }) => id), ...reservedRules];

const unsilenceSchema = z.object({ ...silenceTarget, ...noteSchemas });
const silenceSchema = z.object({
  ...silenceTarget,
  minutes: z
    .string(`must be given: ${silenceMinutesRule.slice('must be '.length)}`)
    .refine((text) => /^\d{1,5}$/.test(text) && inRange(Number(text)), silenceMinutesRule)
    .transform(Number),
  ...noteSchemas,
});

interface SilenceOptions extends OutputOptions {
  readonly config?: string;
}

const silenceHelp = `
Incidents of a silenced rule are opened, listed and acted on: a silenced canary-ejected still means
that the canary is ejected. An incident that outlasts the silence is notified then.

Example:
  $ perch incidents silence host-cpu --subject web-1 --minutes 90 --reason "nightly reports"`;

/** `perch incidents silence`: mutes all notifications of a rule for a while. */
export function silenceCommand(): Command {
  return new Command('silence')
    .description('Mute the notifications of a rule for a while.')
    .argument('[rule]', 'rule, such as host-disk or canary-ejected; required')
    .option('--subject <name>', 'only subject to silence, such as a host (default: every subject)')
    .option('--minutes <count>', `duration, 1 to ${longestSilenceMinutes}; required`)
    .option('--by <name>', 'who silences it (default: user and host of this command)')
    .option('--reason <text>', 'reason, for the events and the list')
    .option(
      '--config <file>',
      `configuration file of the monitor, JSON (default: the JSON in ${env.monitorConfig})`,
    )
    .option('--json', 'print one line of JSON')
    .addHelpText('after', silenceHelp)
    .action(async (rule: string | undefined, options: SilenceOptions) => {
      const parsed = parseInput(silenceSchema, { ...options, rule });
      const inForce = rulesInForce(await readMonitorConfig(options.config)).map(({ id }) => id);
      await withSession(async ({ redis, service, by }) => {
        const stored = [...(await new IncidentStore(redis, service).list()).values()];
        const known = [...inForce, ...defaultIds, ...stored.map((incident) => incident.rule)];
        const problems = [...(parsed.ok ? [] : parsed.problems), ...unknownRule(rule, known)];
        if (!parsed.ok || problems.length > 0) {
          throw inputError(problems);
        }
        const { minutes, subject, ...given } = parsed.value;
        const note = noteOf(given, { by });
        const lastsMs = minutes * 60_000;
        const silence: Silence = {
          rule: given.rule,
          ...(subject !== undefined && { subject }),
          ...note,
          untilMs: note.at + lastsMs,
        };
        await new MuteStore(redis, service).silence(silence);
        await hintIfMisspelt({ redis, service });
        const until = new Date(silence.untilMs).toISOString();
        const covered = openIncidents(stored).filter((incident) => isSilencedBy(silence, incident));
        const text =
          `${silencedText(silence)} is silenced for ${formatDuration(lastsMs)}, until ${until}; ` +
          `open incidents that it covers now: ${covered.length}`;
        print(options, silence, text);
      });
    });
}

function unknownRule(rule: string | undefined, known: readonly string[]): InputProblem[] {
  if (rule === undefined || rule === '' || known.includes(rule)) return [];
  return [{ field: 'rule', rule: `must be a known rule, got ${rule}${didYouMean(rule, known)}` }];
}

/** `perch incidents unsilence`: ends a silence before its time. */
export function unsilenceCommand(): Command {
  return new Command('unsilence')
    .description('End a silence before its time.')
    .argument('[rule]', 'silenced rule; required')
    .option('--subject <name>', 'subject, if only one was silenced')
    .option('--by <name>', 'who ends it (default: user and host of this command)')
    .option('--reason <text>', 'reason, for the events')
    .option('--json', 'print one line of JSON')
    .addHelpText('after', '\nExample:\n  $ perch incidents unsilence host-cpu --subject web-1')
    .action(async (rule: string | undefined, options: OutputOptions) => {
      const given = requireInput(parseInput(unsilenceSchema, { ...options, rule }));
      await withSession(async ({ redis, service, by }) => {
        const store = new MuteStore(redis, service);
        const { silences } = await store.read();
        const silence = silences.find(
          (one) => one.rule === given.rule && one.subject === given.subject,
        );
        if (silence === undefined) throw notSilenced(given, silences);
        const outcome = await store.unsilence(silence, noteOf(given, { by }));
        if (outcome !== 'stored') throw notSilenced(given, []);
        print(options, silence, `${silencedText(silence)} is not silenced any more`);
      });
    });
}

function notSilenced(
  { rule, subject }: { readonly rule: string; readonly subject?: string | undefined },
  silences: readonly Silence[],
): PerchError {
  const what = subject === undefined ? { rule } : { rule, subject };
  const others = silences.map(silencedText).join(', ');
  const hint = others === '' ? 'nothing is silenced' : `silenced are ${others}`;
  return new PerchError('not_found', `${silencedText(what)} is not silenced; ${hint}`);
}

function inRange(minutes: number): boolean {
  return minutes >= 1 && minutes <= longestSilenceMinutes;
}
