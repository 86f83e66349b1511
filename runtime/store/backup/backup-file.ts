/**
 * Backup of one service as JSON lines: a header, one line for each stored value, and a last line that
 * shows that the file is whole. It contains the cookie key, and flags as they are: it is secret.
 */
import { z } from 'zod';
import { PerchError, type InputProblem } from '../../contract/perch-error.ts';
import { inputProblemsText } from '../../core/input/input.ts';
import { maintenanceSchema } from '../../core/release/maintenance.ts';
import { parseReleaseDocument } from '../../core/release/release-document.ts';
import { cookieKeySchema } from '../clients/cookie-key.ts';
import { requireFlag } from '../flags/require-flag.ts';

/**
 * Version of the format. Version 2 added the history of releases, the hooks that ran, and the
 * maintenance and the past incidents. A restore of an earlier release refuses a later version whole, so
 * it loses nothing.
 */
const version = 2;
const readVersions = [1, version] as const;

const headerSchema = z.object({
  kind: z.literal('perch-backup', 'must be "perch-backup"'),
  version: z.literal(readVersions, `must be ${readVersions.join(' or ')}`),
  service: z.string(),
  /** Milliseconds since the epoch by Redis' clock. */
  at: z.int(),
});

const stringKeys = ['release', 'cookieKey', 'epoch', 'maintenance'] as const;
export const hashKeys = ['flags', 'incidents', 'acknowledgements', 'app'] as const;

const entry = {
  id: z.string().regex(/^\d+-\d+$/, 'must be the id of an entry of a stream'),
  fields: z.array(z.string()).min(2),
};

const lineSchema = z.discriminatedUnion(
  'kind',
  [
    z.object({ kind: z.literal('string'), key: z.enum(stringKeys), value: z.string() }),
    z.object({
      kind: z.literal('field'),
      key: z.enum(hashKeys),
      field: z.string(),
      value: z.string(),
    }),
    z.object({ kind: z.literal('event'), ...entry }),
    z.object({ kind: z.literal('release'), ...entry }),
    z.object({ kind: z.literal('pastIncident'), ...entry }),
    z.object({ kind: z.literal('hookRun'), run: z.string(), at: z.number() }),
    z.object({ kind: z.literal('end'), lines: z.int() }),
  ],
  'must be a line of a backup',
);

type Line = z.infer<typeof lineSchema>;

/** Entry of a stream; `fields` alternates names and values. */
export interface BackupEntry {
  readonly id: string;
  readonly fields: readonly string[];
}

/** Everything of one service in Redis that is neither a count nor expires. */
export interface Backup {
  readonly service: string;
  /** Milliseconds since the epoch by Redis' clock. */
  readonly at: number;
  /**
   * The release document, the cookie key, the newest fencing epoch and the last record of the
   * maintenance; undefined where there is none.
   */
  readonly strings: Readonly<Record<(typeof stringKeys)[number], string | undefined>>;
  readonly hashes: Readonly<Record<(typeof hashKeys)[number], Readonly<Record<string, string>>>>;
  /** Oldest first. */
  readonly events: readonly BackupEntry[];
  /** Starts and ends of releases, oldest first. None in version 1. */
  readonly releases: readonly BackupEntry[];
  /** Incidents that others have replaced, oldest first. None in version 1. */
  readonly pastIncidents: readonly BackupEntry[];
  /** Hooks that ran, and when, milliseconds since the epoch. None in version 1. */
  readonly hookRuns: readonly { readonly run: string; readonly at: number }[];
}

export function backupText(backup: Backup): string {
  const { service, at, strings, hashes, events, releases, pastIncidents, hookRuns } = backup;
  const lines: Line[] = [
    ...stringKeys.flatMap((key): Line[] => {
      const value = strings[key];
      return value === undefined ? [] : [{ kind: 'string', key, value }];
    }),
    ...hashKeys.flatMap((key) =>
      Object.entries(hashes[key]).map(([field, value]): Line => {
        return { kind: 'field', key, field, value };
      }),
    ),
    ...events.map(({ id, fields }): Line => ({ kind: 'event', id, fields: [...fields] })),
    ...releases.map(({ id, fields }): Line => ({ kind: 'release', id, fields: [...fields] })),
    ...pastIncidents.map(({ id, fields }): Line => {
      return { kind: 'pastIncident', id, fields: [...fields] };
    }),
    ...hookRuns.map(({ run, at: ranAt }): Line => ({ kind: 'hookRun', run, at: ranAt })),
  ];
  const header = { kind: 'perch-backup', version, service, at };
  const all = [header, ...lines, { kind: 'end', lines: lines.length }];
  return all.map((line) => `${JSON.stringify(line)}\n`).join('');
}

const mostProblems = 20;

/**
 * Parses a backup of `service`, all or nothing.
 * @throws PerchError `bad_input` with all problems (the first 20) and their lines; it shows no value
 *   of the backup.
 */
export function parseBackup(text: string, service: string): Backup {
  const [first = '', ...rest] = text.trimEnd().split('\n');
  const header = headerSchema.safeParse(parsedJson(first));
  const problems: InputProblem[] = [];
  if (!header.success) problems.push(...issues(1, header.error));
  else if (header.data.service !== service) {
    problems.push({ field: 'service', rule: `must be ${service}`, value: header.data.service });
  }
  const lines = rest.flatMap((json, index): Line[] => {
    const line = lineSchema.safeParse(parsedJson(json));
    if (!line.success) {
      problems.push(...issues(index + 2, line.error));
      return [];
    }
    const rule = ruleBrokenBy(line.data, service);
    if (rule !== undefined) problems.push({ field: `line ${index + 2}`, rule });
    return [line.data];
  });
  const last = lines.at(-1);
  const isWhole = last?.kind === 'end' && last.lines === rest.length - 1;
  if (!isWhole) problems.push({ field: 'last line', rule: 'is missing: the file is not whole' });
  if (problems.length > 0 || !header.success) {
    const more =
      problems.length > mostProblems ? `; and ${problems.length - mostProblems} more` : '';
    const shown = inputProblemsText(problems.slice(0, mostProblems));
    throw new PerchError('bad_input', `the backup is not valid: ${shown}${more}`);
  }
  return backupOf(header.data, lines);
}

function backupOf({ service, at }: z.infer<typeof headerSchema>, lines: readonly Line[]): Backup {
  const strings: Record<(typeof stringKeys)[number], string | undefined> = {
    release: undefined,
    cookieKey: undefined,
    epoch: undefined,
    maintenance: undefined,
  };
  const fieldsOf = (key: (typeof hashKeys)[number]) =>
    Object.fromEntries(
      lines.flatMap((line) =>
        line.kind === 'field' && line.key === key ? [[line.field, line.value]] : [],
      ),
    );
  const hashes = {
    flags: fieldsOf('flags'),
    incidents: fieldsOf('incidents'),
    acknowledgements: fieldsOf('acknowledgements'),
    app: fieldsOf('app'),
  };
  for (const line of lines) if (line.kind === 'string') strings[line.key] = line.value;
  const entriesOf = (kind: 'event' | 'release' | 'pastIncident') =>
    lines.flatMap((line) => (line.kind === kind ? [{ id: line.id, fields: line.fields }] : []));
  const [events, releases] = [entriesOf('event'), entriesOf('release')];
  const pastIncidents = entriesOf('pastIncident');
  const hookRuns = lines.flatMap((line) =>
    line.kind === 'hookRun' ? [{ run: line.run, at: line.at }] : [],
  );
  return { service, at, strings, hashes, events, releases, pastIncidents, hookRuns };
}

/** Rule that the value of a line breaks; undefined if it breaks none. */
function ruleBrokenBy(line: Line, service: string): string | undefined {
  switch (line.kind) {
    case 'string':
      return stringRule(line.key, line.value, service);
    case 'field':
      return fieldRule(line);
    case 'event':
    case 'release':
    case 'pastIncident':
      return line.fields.length % 2 === 0 ? undefined : 'fields must be names and values';
    case 'hookRun':
    case 'end':
      return undefined;
  }
}

function stringRule(
  key: (typeof stringKeys)[number],
  value: string,
  service: string,
): string | undefined {
  switch (key) {
    case 'release':
      return messageOf(() => {
        const document = parseReleaseDocument(value);
        if (document.service === service) return;
        throw new PerchError('bad_input', `release document must be of service ${service}`);
      });
    case 'cookieKey':
      return cookieKeySchema.safeParse(value).error?.issues[0]?.message;
    case 'epoch':
      return /^\d{1,15}$/.test(value) ? undefined : 'epoch must be a whole number';
    case 'maintenance':
      return maintenanceSchema.safeParse(parsedJson(value)).success
        ? undefined
        : 'maintenance must be a record of a maintenance';
  }
}

function fieldRule({ key, field, value }: Extract<Line, { kind: 'field' }>): string | undefined {
  if (key === 'app') return undefined;
  const json = parsedJson(value);
  if (json === undefined) return `${key} ${field} must be JSON`;
  if (key !== 'flags') return undefined;
  return messageOf(() => requireFlag(field, json));
}

function messageOf(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof PerchError) return `is not valid: ${error.message}`;
    throw error;
  }
}

function issues(line: number, { issues: found }: z.ZodError): InputProblem[] {
  return found.map(({ path, message }) => ({
    field: [`line ${line}`, ...path].join(' '),
    rule: message,
  }));
}

/** The value; undefined if the text is no JSON. */
function parsedJson(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
