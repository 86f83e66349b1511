import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import { Command } from 'commander';
import { PerchError } from '../contract/perch-error.ts';
import { maintenanceSchema } from '../core/release/maintenance.ts';
import { parseReleaseDocument, type ReleaseDocument } from '../core/release/release-document.ts';
import { parseBackup } from '../store/backup/backup-file.ts';
import { BackupStore, backupTimeoutMs } from '../store/backup/backup-store.ts';
import { RedisRepairStore } from '../store/redis/redis-repair.ts';
import { LastGoodStore } from '../store/release/last-good-store.ts';
import { MaintenanceStore } from '../store/release/maintenance-store.ts';
import { print, type OutputOptions } from './output.ts';
import { withSession, type Session } from './session.ts';

interface RestoreOptions extends OutputOptions {
  readonly document?: string;
  readonly backup?: string;
}

/** `perch restore`: stores again what Redis lost. */
export function restoreCommand(): Command {
  return new Command('restore')
    .description(
      'Restore the release document that Redis lost, from the proxies or a file; or a backup.',
    )
    .option(
      '--document <file>',
      "file of the release document, JSON (default: the proxies' newest)",
    )
    .option('--backup <file>', 'file of `perch backup`; - for stdin')
    .option('--json', 'print one line of JSON')
    .addHelpText(
      'after',
      '\nThe release document gets a generation above all others, so that the proxies apply it.' +
        '\nA backup replaces flags, incidents and events, and adds its history to that in Redis. Of' +
        '\nits release document, its maintenance and newer ones that Redis or proxies have, the' +
        '\nnewest is stored.' +
        '\n\nExamples:\n  $ perch restore' +
        '\n  $ perch restore --document /var/lib/perch/release-shop.json' +
        '\n  $ perch restore --backup shop.backup' +
        '\n  $ npx perch --stack prod restore --backup - < shop.backup',
    )
    .action(async (options: RestoreOptions) => {
      const { document: file, backup } = options;
      if (file !== undefined && backup !== undefined) {
        throw new PerchError('bad_input', '--document must not be given with --backup');
      }
      if (backup !== undefined) return await restoreBackup(backup, options);
      const given =
        file === undefined ? undefined : parseReleaseDocument(await contentOf(file, '--document'));
      return await withSession(async (session) => {
        const document = given ?? (await offered(session));
        if (document.service !== session.service) {
          const rule = `--document must be of service ${session.service}, got ${document.service}`;
          throw new PerchError('bad_input', rule);
        }
        printStored(options, await store(session, document));
      });
    });
}

/** Restores a backup. Nothing is stored unless all of it is valid. */
async function restoreBackup(file: string, options: OutputOptions): Promise<void> {
  const content = file === '-' ? await textOf(process.stdin) : await contentOf(file, '--backup');
  await withSession(
    async (session) => {
      const { redis, service, releases } = session;
      const backup = parseBackup(content, service);
      const { release } = backup.strings;
      const document = await newestOf(session, release);
      const maintenance = await newerMaintenance(session, backup.strings.maintenance);
      const strings = { ...backup.strings, maintenance };
      await new BackupStore(redis, service).replace({ ...backup, strings });
      if (document !== undefined) {
        printStored(options, await store(session, document));
        return;
      }
      await new RedisRepairStore(redis, service).forget();
      const read = await releases.read();
      const kept = read.kind === 'found' ? read.document : { generation: 0, members: [] };
      const text = `restored the backup; the release document stays at generation ${kept.generation}`;
      print(options, { generation: kept.generation, members: kept.members.length }, text);
    },
    { commandTimeoutMs: backupTimeoutMs },
  );
}

/**
 * Newest document of the backup's and the offered ones; undefined if the one in Redis is at least as
 * new, and none is lost.
 * @throws PerchError `document_lost` if live proxies apply a newer one, which none of them has offered.
 */
async function newestOf(
  { redis, service, releases, reports }: Session,
  release: string | undefined,
): Promise<ReleaseDocument | undefined> {
  const inBackup = release === undefined ? [] : [parseReleaseDocument(release)];
  const proxies = await reports.list();
  const offer = await new LastGoodStore(redis, service).newest();
  const read = await releases.read();
  const stored = read.kind === 'found' ? read.document.generation : 0;
  const [newest] = [...(offer === undefined ? [] : [offer]), ...inBackup].toSorted(
    (a, b) => b.generation - a.generation,
  );
  const applied = Math.max(0, ...proxies.map(({ generation }) => generation));
  if (Math.max(stored, newest?.generation ?? 0) < applied) {
    throw new PerchError(
      'document_lost',
      `live proxies apply generation ${applied} of ${service}, newer than the backup's; ` +
        'they offer it within seconds: run this again, or store it with --document FILE first',
    );
  }
  const isRegressed = proxies.some(({ condition }) => condition === 'regressed');
  return newest !== undefined &&
    (newest.generation > stored || (isRegressed && newest.generation === stored))
    ? newest
    : undefined;
}

/**
 * The backup's maintenance; undefined if it has none, or Redis has, or a live proxy applies, a later one:
 * nobody expects that a restore begins or ends a maintenance.
 */
async function newerMaintenance(
  { redis, service, reports }: Session,
  json: string | undefined,
): Promise<string | undefined> {
  if (json === undefined) return undefined;
  const { at } = maintenanceSchema.parse(JSON.parse(json));
  const stored = await new MaintenanceStore(redis, service).read();
  const applied = (await reports.list()).map(({ maintenance }) => maintenance?.at ?? 0);
  return at > Math.max(stored?.at ?? 0, ...applied) ? json : undefined;
}

/**
 * Newest last good document of the proxies.
 * @throws PerchError `bad_input` if no proxy has offered one, or Redis holds a newer one.
 */
async function offered({ redis, service, releases }: Session): Promise<ReleaseDocument> {
  const document = await new LastGoodStore(redis, service).newest();
  const read = await releases.read();
  const stored = read.kind === 'found' ? read.document.generation : 0;
  if (document !== undefined && document.generation >= stored) return document;
  if (document !== undefined) {
    throw new PerchError(
      'bad_input',
      `nothing is lost: Redis holds generation ${stored}, newer than the proxies' last good one, ` +
        `${document.generation}; name a file with --document to go back`,
    );
  }
  throw new PerchError(
    'bad_input',
    `no proxy of ${service} has offered its last good document, as they do while Redis has lost it; ` +
      'name a file with --document, or a backup with --backup',
  );
}

async function store(
  { redis, service, releases }: Session,
  document: ReleaseDocument,
): Promise<ReleaseDocument> {
  const stored = await releases.restore(document);
  await new RedisRepairStore(redis, service).forget();
  return stored;
}

function printStored(options: OutputOptions, { generation, members }: ReleaseDocument): void {
  const text = `restored ${members.length} members as generation ${generation}`;
  print(options, { generation, members: members.length }, text);
}

async function contentOf(file: string, option: string): Promise<string> {
  return await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new PerchError('bad_input', `${option} must be a readable file, got ${file}`, { cause });
  });
}
