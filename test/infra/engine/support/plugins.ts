import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { whyNoProgram } from '../../../support/skip.ts';

const root = join(import.meta.dirname, '../../../..');

/** Reason why engine tests cannot run here. Undefined: they can. */
export function whyNoEngine(): string | undefined {
  return whyNoProgram('pulumi', 'pulumi-language-nodejs');
}

/**
 * Reason why engine tests that take minutes do not run here. They would make `npm test` too long, and
 * run with those on real Docker. Undefined: they run.
 */
export function whyNoLongTest(): string | undefined {
  return process.env['PERCH_REAL'] === undefined ? 'run npm run test:real' : whyNoEngine();
}

/** Reason why the engine cannot run with the real plugin of a package here. Undefined: it can. */
export function whyNoRealPlugin(name: string): string | undefined {
  return existsSync(realPlugin(name)) ? whyNoEngine() : `no plugin for ${name}`;
}

/** Reason why the real plugins cannot run here. Undefined: they can. */
export function whyNoRealPlugins(): string | undefined {
  if (process.env['PERCH_REAL'] === undefined) return 'run npm run test:real';
  const missing = ['docker', 'command', 'random'].filter((name) => !existsSync(realPlugin(name)));
  return missing.length === 0 ? whyNoEngine() : `no plugin for ${missing.join(', ')}`;
}

/** Program of the installed plugin of a package. */
function realPlugin(name: string): string {
  const home = process.env['PULUMI_HOME'] ?? join(homedir(), '.pulumi');
  return join(home, 'plugins', pluginFolder(name), programOf(name));
}

const programOf = (name: string) => `pulumi-resource-${name}`;

/** Folder of the plugin in exactly the version of the SDK package. */
function pluginFolder(name: string): string {
  const sdk = readFileSync(join(root, `node_modules/@pulumi/${name}/package.json`), 'utf8');
  return `resource-${name}-v${(JSON.parse(sdk) as { version: string }).version}`;
}

/** Installs the plugin of a package in the PULUMI_HOME `home`: the real one if it is there, or its stand-in. */
export async function installPlugin(home: string, name: string, isReal: boolean): Promise<void> {
  const folder = join(home, 'plugins', pluginFolder(name));
  await mkdir(folder, { recursive: true });
  const file = join(folder, programOf(name));
  if (isReal && existsSync(realPlugin(name))) {
    await symlink(realPlugin(name), file);
    return;
  }
  const program = join(import.meta.dirname, 'stand-in.ts');
  await writeFile(file, `#!/bin/sh\nexec '${process.execPath}' '${program}' ${name} "$@"\n`);
  await chmod(file, 0o755);
}
