import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine, Stack } from './engine.ts';

/** Members of the status that `perch` prints: those of the state, all active. */
async function placed(stack: Stack): Promise<string> {
  const reserved = (await stack.exported()).matchAll(
    /member reserve --json --id=(\S+) --track=\S+ --version=\S+ --host=(\S+) /g,
  );
  // The state has each script twice, as an input and as an output.
  const hosts = new Map([...reserved].map(([, id, host]) => [id, host]));
  const members = [...hosts].map(([id, host]) => ({ id, host, state: 'active' }));
  return JSON.stringify({ release: { members }, silentHosts: [] });
}

/** Scripts that ssh was given, of `perch` commands alone, and what they read. */
export const scripts = (engine: Engine): string[] =>
  readFileSync(join(engine.programs.folder, 'scripts'), 'utf8').trim().split('\n');

/** Lets ssh fail for `dead` addresses, and answer as monitors would elsewhere. */
export async function startServers(
  engine: Engine,
  { stack, dead, document = '' }: { stack: Stack; dead: readonly string[]; document?: string },
): Promise<void> {
  const log = join(engine.programs.folder, 'scripts');
  writeFileSync(log, '');
  const lines = [
    'for script; do :; done',
    ...dead.map((address) => `case "$*" in *@${address}*) exit 255;; esac`),
    `printf '%s\\n' "$*" | grep -o 'perch [a-z].*' >> '${log}'`,
    `case "$script" in *"perch status"*) echo '${await placed(stack)}';; esac`,
    `case "$script" in *"perch restore"*) cat >> '${log}'; echo >> '${log}';; esac`,
    `case "$script" in *"{{.Status}}"*) echo 'app: Up 5 seconds (healthy)';; esac`,
    `case "$script" in *"cat /var/lib"*) echo '${document}';; esac`,
  ];
  engine.programs.add('ssh', lines.join('\n'));
}
