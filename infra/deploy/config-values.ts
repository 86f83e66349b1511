import { constants } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stack } from '@pulumi/pulumi/automation/index.js';
import { programName } from './release-log.ts';
import { runProgram } from '../shell/program.ts';

/** Values of configuration keys, by name without `perch:`. An empty value is that of a key that is not set. */
export type ConfigValues = Readonly<Record<string, string | readonly string[]>>;

/** Options of Pulumi that name the file with the configuration. Empty: the stack's own. */
export interface ConfigFile {
  readonly configFile?: string;
}

/**
 * Runs Pulumi with values in place of those in the stack's file. The file itself is never changed, so
 * that a run that is killed leaves nothing behind, and two runs do not read each other's values.
 * @param work gets the options of Pulumi that name the file.
 */
export async function withValues(
  stack: Stack,
  values: ConfigValues,
  work: (file: ConfigFile) => Promise<unknown>,
): Promise<void> {
  const entries = Object.entries(values);
  if (entries.length === 0) {
    await work({});
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), 'perch-deploy-'));
  try {
    const name = `Pulumi.${programName(stack.name)}.yaml`;
    const file = join(folder, name);
    await copied(join(stack.workspace.workDir, name), file);
    const json = JSON.stringify(Object.fromEntries(entries.map(typed)));
    const words = ['config', 'set-all', '--stack', stack.name, '--config-file', file];
    await runProgram('pulumi', [...words, '--non-interactive', '--json', json]);
    await work({ configFile: file });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Copies a stack's file. A stack that nobody has configured has none. */
async function copied(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    await writeFile(to, '');
  }
}

/** One value as `pulumi config --json` prints it. Pulumi refuses a list that is given as text. */
function typed([key, value]: readonly [string, string | readonly string[]]): [string, object] {
  const isList = typeof value !== 'string';
  const text = isList ? JSON.stringify(value) : value;
  return [`perch:${key}`, { value: text, ...(isList && { objectValue: value }) }];
}
