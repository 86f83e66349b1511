import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { PerchError } from '../contract/perch-error.ts';
import { parseReleaseDocument } from '../core/release/release-document.ts';
import { print, type OutputOptions } from './output.ts';
import { withSession } from './session.ts';

/** `perch restore`: stores a release document that Redis lost. */
export function restoreCommand(): Command {
  return new Command('restore')
    .description("Restore a release document that Redis lost, such as a proxy's last good one.")
    .requiredOption('--document <file>', 'file of the release document, JSON; required')
    .option('--json', 'print one line of JSON')
    .addHelpText(
      'after',
      '\nExample:\n  $ perch restore --document /var/lib/perch/release-shop.json',
    )
    .action(async (options: OutputOptions & { document: string }) => {
      const file = options.document;
      const json = await readFile(file, 'utf8').catch((cause: unknown) => {
        throw new PerchError('bad_input', `--document must be a readable file, got ${file}`, {
          cause,
        });
      });
      const document = parseReleaseDocument(json);
      await withSession(async ({ releases, service }) => {
        if (document.service !== service) {
          const rule = `--document must be of service ${service}, got ${document.service}`;
          throw new PerchError('bad_input', rule);
        }
        const { generation, members } = await releases.restore(document);
        const text = `restored ${members.length} members as generation ${generation}`;
        print(options, { generation, members: members.length }, text);
      });
    });
}
