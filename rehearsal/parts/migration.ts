import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Hook } from '../../runtime/contract/names.ts';
import { host } from './fleet.ts';
import type { Perch } from './perch-command.ts';

const hook: Hook = 'beforeRelease';
/** Command that the demo app's stacks name as `beforeRelease`. */
const command = ['app', 'migrate'];
/** Time for which no other host may run a hook, milliseconds. */
const ttlMs = 60_000;

const keyLength = 32;

const decisionSchema = z.object({ kind: z.enum(['run', 'done']) });
const madeSchema = z.array(z.string());

/** Names of the changes that the migration made; undefined if it had run for this version before. */
export type MigrationOutcome = readonly string[] | undefined;

/** Migrates the demo app before a release of `version`, as a deployment does: once for each version. */
export async function migrateBefore(perch: Perch, version: string): Promise<MigrationOutcome> {
  // In place of the image's digest.
  const key = createHash('sha256')
    .update([version, ...command].join('\n'))
    .digest('hex')
    .slice(0, keyLength);
  const run = ['--hook', hook, '--key', key, '--host', host];
  const decided = await perch.run('hook', 'begin', ...run, '--ttl', String(ttlMs));
  if (decisionSchema.parse(decided).kind === 'done') return undefined;
  const end = (outcome: string) => perch.run('hook', 'end', ...run, '--outcome', outcome);
  try {
    const made = madeSchema.parse(await perch.run(...command));
    await end('succeeded');
    return made;
  } catch (error) {
    await end('failed');
    throw error;
  }
}
