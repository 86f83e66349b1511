import { Command } from 'commander';
import type { z } from 'zod';
import { parseInput, requireInput } from '../core/input/input.ts';
import {
  begunReleaseSchema,
  endedReleaseSchema,
  recordOf,
  rememberedReleases,
  servingRecords,
  type ReleaseRecord,
} from '../core/release/release-history.ts';
import { ReleaseHistoryStore } from '../store/release/release-history-store.ts';
import { canaryEndText } from './canary-end-text.ts';
import { print, table, wholeNumber, type OutputOptions } from './output.ts';
import { readStdinJson } from './read-json.ts';
import { withPatientSession, withSession, type Session } from './session.ts';

interface HistoryOptions extends OutputOptions {
  readonly limit: number;
}

/** `perch history`: shows the recorded releases; its subcommands record them. */
export function historyCommand(): Command {
  return new Command('history')
    .description('Show the releases of the service, newest first.')
    .option(
      '--limit <count>',
      `number of newest releases to show, 1 to ${rememberedReleases}`,
      wholeNumber(1, rememberedReleases),
      20,
    )
    .option('--json', 'print one line of JSON')
    .addHelpText('after', '\nExample:\n  $ perch history --limit 5')
    .addCommand(beginCommand())
    .addCommand(endCommand())
    .action(async (options: HistoryOptions) => withSession((session) => show(session, options)));
}

async function show(session: Session, options: HistoryOptions): Promise<void> {
  const { service, releases } = session;
  const records = await storeOf(session).list();
  const read = await releases.read();
  const members = read.kind === 'found' ? read.document.members : [];
  const serving = servingRecords(records, members);
  const newest = records.slice(-options.limit).toReversed();
  print(
    options,
    { service, releases: newest.map((record) => ({ ...record, serves: serving.has(record.id) })) },
    newest.length === 0
      ? `no release of service ${service} is recorded yet`
      : [historyTable(newest, serving), ...endLines(newest)].join('\n'),
  );
}

/** Paragraphs about the ends of the canaries among the releases. */
function endLines(records: readonly ReleaseRecord[]): string[] {
  return records.flatMap(({ version = 'unknown', ended }) =>
    ended ? ['', ...canaryEndText(version, ended)] : [],
  );
}

function historyTable(records: readonly ReleaseRecord[], serving: ReadonlySet<string>): string {
  const rows = records.map((record) => {
    const { id, version, track, outcome, action, at, stack, by, commit, image } = record;
    return [
      version ?? 'unknown',
      track,
      serving.has(id) ? `${outcome}, serves now` : outcome,
      action,
      new Date(at).toISOString(),
      stack,
      by ?? 'pulumi up',
      commit?.slice(0, 12) ?? '-',
      image?.replace(/^.*(sha256:[0-9a-f]{12})[0-9a-f]*$/, '$1') ?? 'unknown',
    ];
  });
  return table([
    ['VERSION', 'TRACK', 'OUTCOME', 'ACTION', 'BEGAN', 'STACK', 'BY', 'COMMIT', 'IMAGE'],
    ...rows,
  ]);
}

const fieldsOf = (schema: z.ZodObject) => Object.keys(schema.shape).join(', ');

function beginCommand(): Command {
  return new Command('begin')
    .description('Record that a release begins. Print the id of its record as JSON.')
    .addHelpText(
      'after',
      `\nFields on stdin, JSON: ${fieldsOf(begunReleaseSchema)}
\nExample:\n  $ echo '{"stack":"prod","track":"stable","version":"1.4.2"}' | perch history begin`,
    )
    .action(async () => {
      const begun = requireInput(
        parseInput(begunReleaseSchema, await readStdinJson({ isSecret: false })),
      );
      // A repetition would begin a second record.
      await withSession(async (session) => {
        const release = await storeOf(session).append(begun);
        console.log(JSON.stringify({ release }));
      });
    });
}

function endCommand(): Command {
  return new Command('end')
    .description('Record how a release ended. Print the id of its record as JSON.')
    .addHelpText(
      'after',
      `\nFields on stdin, JSON: ${fieldsOf(endedReleaseSchema)}
\nExample:\n  $ echo '{"stack":"prod","track":"stable","outcome":"served"}' | perch history end`,
    )
    .action(async () => {
      const ended = requireInput(
        parseInput(endedReleaseSchema, await readStdinJson({ isSecret: false })),
      );
      await withPatientSession(async (session) => {
        const store = storeOf(session);
        const of = ended.release ?? recordOf(await store.list(), ended)?.id;
        const id = await store.append({ ...ended, release: of });
        console.log(JSON.stringify({ release: of ?? id }));
      });
    });
}

function storeOf({ redis, service }: Session): ReleaseHistoryStore {
  return new ReleaseHistoryStore(redis, service);
}
