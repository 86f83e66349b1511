import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine, Stack } from './engine.ts';

/** A host of the members of a stack. */
interface Placed {
  readonly id: string;
  readonly host: string;
}

/** Members that a stack has in its state. */
async function placed(stack: Stack): Promise<Placed[]> {
  const reserved = (await stack.exported()).matchAll(
    /member reserve --json --id=(\S+) --track=\S+ --version=\S+ --host=(\S+) /g,
  );
  // The state has each script twice, as an input and as an output.
  const hosts = new Map([...reserved].map(([, id, host]) => [id, host]));
  return [...hosts].map(([id = '', host = '']) => ({ id, host }));
}

/** Lines of a script that keeps the states of members: `perch host drain` and `undrain` change them. */
function stateLines(
  members: readonly Placed[],
  {
    guestMembers,
    forgetsGuest,
    folder,
  }: {
    readonly guestMembers: readonly Placed[];
    readonly forgetsGuest: boolean;
    readonly folder: string;
  },
): string[] {
  const hosts = [...new Set([...members, ...guestMembers].map(({ host }) => host))];
  const statusOf = (placed: readonly Placed[]) => {
    const listed = placed.map(({ id, host }) => ({
      id,
      track: 'stable',
      host,
      state: `@${host}@`,
    }));
    return JSON.stringify({ release: { members: listed }, silentHosts: [] });
  };
  const fails = `${folder}/undrain-fails`;
  const restored = `${folder}/restored`;
  return [
    `status='${statusOf(members)}'`,
    `case "$script" in *PERCH_SERVICE=*) status='${statusOf(guestMembers)}';; esac`,
    ...hosts.flatMap((host) => {
      const drained = `${folder}/drained-${host}`;
      const state = `state='"active"'; [ -e '${drained}' ] && state='"draining","drainsWithHost":true'`;
      return [
        `case "$script" in *"perch host drain ${host} "*) touch '${drained}';; esac`,
        `case "$script" in *"perch host undrain ${host} "*) if [ -e '${fails}' ]; then rm '${fails}'; echo 'Redis does not answer' >&2; exit 1; fi; rm -f '${drained}';; esac`,
        `${state}; status=$(printf '%s' "$status" | sed "s/\\"@${host}@\\"/$state/g")`,
      ];
    }),
    ...(forgetsGuest
      ? [
          `case "$script" in *"perch restore"*) touch '${restored}';; esac`,
          `case "$script" in *PERCH_SERVICE=*) [ -e '${restored}' ] || status='{"release":null}';; esac`,
        ]
      : []),
    `case "$script" in *"perch status"*) echo "$status";; esac`,
    // The members that are made in place of the removed ones are active.
    `case "$script" in *"docker rm --force"*) rm -f '${folder}'/drained-*;; esac`,
  ];
}

/** Lets the next `perch host undrain` fail, once. */
export function failUndrain(engine: Engine): void {
  writeFileSync(join(engine.programs.folder, 'undrain-fails'), '');
}

/** Scripts that ssh was given, of `perch` commands alone, and what they read. */
export const scripts = (engine: Engine): string[] =>
  readFileSync(join(engine.programs.folder, 'scripts'), 'utf8').trim().split('\n');

/** Lets ssh fail for `dead` addresses, and answer as monitors would elsewhere. */
export async function startServers(
  engine: Engine,
  {
    stack,
    dead,
    document = '',
    kept = {},
    guest,
    guests = [],
    forgetsGuest = false,
  }: {
    stack: Stack;
    guest?: Stack;
    dead: readonly string[];
    document?: string;
    /** Release documents that proxies keep, by service. */
    kept?: Readonly<Record<string, unknown>>;
    guests?: readonly { readonly service: string; readonly owner: string }[];
    /** True if Redis has no release of the guest before one is restored. */
    forgetsGuest?: boolean;
  },
): Promise<void> {
  const log = join(engine.programs.folder, 'scripts');
  writeFileSync(log, '');
  const lines = [
    'for script; do :; done',
    ...dead.map((address) => `case "$*" in *@${address}*) exit 255;; esac`),
    `printf '%s\\n' "$*" | grep -o 'perch [a-z].*' >> '${log}'`,
    ...stateLines(await placed(stack), {
      guestMembers: guest === undefined ? [] : await placed(guest),
      forgetsGuest,
      folder: engine.programs.folder,
    }),
    `case "$script" in *"perch service list"*) echo '${JSON.stringify({ services: guests })}';; esac`,
    `case "$script" in *"perch restore"*) cat >> '${log}'; echo >> '${log}';; esac`,
    `case "$script" in *"{{.Status}}"*) echo 'shop app app: Up 5 seconds (healthy)';; esac`,
    `case "$script" in *"cat /var/lib"*) echo '${document}';; esac`,
    ...Object.entries(kept).flatMap(([service, release]) => [
      `case "$script" in *"ls /var/lib"*) echo release-${service}.json;; esac`,
      `case "$script" in *"cat /var/lib"*/release-${service}.json*) echo '${JSON.stringify(release)}';; esac`,
    ]),
  ];
  engine.programs.add('ssh', lines.join('\n'));
}
