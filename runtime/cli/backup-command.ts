import { Command } from 'commander';
import { PerchError } from '../contract/perch-error.ts';
import { backupText } from '../store/backup/backup-file.ts';
import { BackupStore, backupTimeoutMs } from '../store/backup/backup-store.ts';
import { writeWhole } from '../store/local/last-good-file.ts';
import { print, type OutputOptions } from './output.ts';
import { withSession } from './session.ts';

/** `perch backup`: writes everything of the service that `perch restore --backup` brings back. */
export function backupCommand(): Command {
  return new Command('backup')
    .description(
      'Write release, history, flags, incidents, events and maintenance to a file, to restore them later.',
    )
    .argument('<file>', 'file to write, for its owner alone, because it has secrets; - for stdout')
    .option('--json', 'print one line of JSON')
    .addHelpText(
      'after',
      '\nThe file contains the key that signs affinity cookies. Keep it as secret as a password.' +
        '\nWith --stack, the command runs in a container of a host, and so FILE must be -.' +
        '\n\nExamples:\n  $ perch backup shop.backup' +
        '\n  $ npx perch --stack prod backup - > shop.backup',
    )
    .action(async (file: string, options: OutputOptions) => {
      if (file === '-' && options.json === true) {
        throw new PerchError('bad_input', '--json must not be given with -: stdout is the backup');
      }
      await withSession(
        async ({ redis, service }) => {
          const backup = await new BackupStore(redis, service).read();
          const text = backupText(backup);
          if (file === '-') {
            await writeStdout(text);
            return;
          }
          await writeWhole(file, text).catch((cause: unknown) => {
            throw new PerchError('bad_input', `FILE must be writable, got ${file}`, { cause });
          });
          const [flags, events] = [Object.keys(backup.hashes.flags).length, backup.events.length];
          const releases = backup.releases.length;
          const what = `${flags} flags, ${events} events and ${releases} entries of the history of ${service}`;
          print(options, { service, flags, events, releases, file }, `wrote ${what} to ${file}`);
        },
        { commandTimeoutMs: backupTimeoutMs },
      );
    });
}

/** Settles once the text is handed over, so that the end of the process cuts nothing off a pipe. */
function writeStdout(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}
