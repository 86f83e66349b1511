import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StandInPrograms } from '../../../support/pulumi/stand-in-programs.ts';

/** Runs a command as root in the machine's own folder: /etc and Docker's pid file lie there. */
const sudo = `[ "$1" = --non-interactive ] && shift
for word in "$@"; do
  shift
  set -- "$@" "$(printf '%s' "$word" | sed "s|/etc/|$ROOT/etc/|g; s|/var/run/|$ROOT/run/|g")"
done
AS_ROOT=yes exec "$@"`;

/** Docker as a login sees it that is not in the group, or not yet: only root may use it. */
const docker = `[ "$AS_ROOT" = yes ] || { echo 'permission denied: docker.sock' >&2; exit 1; }
case "$*" in
  *LiveRestoreEnabled*) cat "$ROOT/live-restore" 2> /dev/null || echo false;;
  *Swarm*) cat "$ROOT/swarm" 2> /dev/null || echo inactive;;
  version*) echo 29.0;;
esac`;

/** systemd with Docker, which reads its configuration when it is told to, and the units in a file. */
const systemctl = `echo "$@" >> "$ROOT/systemctl"
case "$*" in
  'reload docker')
    node -e 'const config = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8")); console.log(config["live-restore"] === true)' \\
      "$ROOT/etc/docker/daemon.json" > "$ROOT/reloaded" && mv "$ROOT/reloaded" "$ROOT/live-restore"
    ;;
  'is-active --quiet docker') ;;
  enable*) grep -qx systemd-timesyncd "$ROOT/units" && echo systemd-timesyncd >> "$ROOT/active";;
  is-active*) grep -qx "$2" "$ROOT/active";;
  cat*) grep -qx "$2" "$ROOT/units";;
esac`;

/** apt-get whose lock is held for the first calls; it installs Docker and timesyncd. */
const aptGet = `echo "$@" >> "$ROOT/apt-get"
held=$(cat "$ROOT/held" 2> /dev/null || echo 0)
if [ "$held" -gt 0 ]; then
  echo $((held - 1)) > "$ROOT/held"
  echo 'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 42 (unattended-upgr)' >&2
  exit 100
fi
case "$*" in
  *install*docker.io*) mv "$PROGRAMS/docker.to-install" "$PROGRAMS/docker";;
  *install*systemd-timesyncd*) echo systemd-timesyncd >> "$ROOT/units";;
esac`;

const id = `case "$1" in
  -u) if [ "$AS_ROOT" = yes ]; then echo 0; else echo 1000; fi;;
  -un) echo deploy;;
  -nG) cat "$ROOT/groups";;
esac`;

const tools = [
  'sh',
  'env',
  'cat',
  'cp',
  'grep',
  'mkdir',
  'mktemp',
  'mv',
  'rm',
  'sed',
  'tail',
  'test',
  'tr',
];

/** Outcome of a script. */
interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A Debian machine of stand-in programs, for scripts that prepare machines. Its login, deploy, is
 * not root but may use sudo. Docker is installed and running; the clock is kept.
 */
export class PreparedMachine implements Disposable {
  readonly #root = mkdtempSync(join(tmpdir(), 'perch-machine-'));
  readonly programs = new StandInPrograms(join(this.#root, 'programs'));

  constructor() {
    const folders = ['docker', 'sysctl.d', 'apt/apt.conf.d', 'ssh/sshd_config.d'];
    for (const folder of [...folders.map((name) => `etc/${name}`), 'run']) {
      mkdirSync(join(this.#root, folder), { recursive: true });
    }
    // The machine of the tests may have Docker: only these programs of it are on PATH.
    mkdirSync(this.#tools);
    for (const name of tools) {
      const file = execFileSync('which', [name], { encoding: 'utf8' }).trim();
      symlinkSync(file, join(this.#tools, name));
    }
    symlinkSync(process.execPath, join(this.#tools, 'node'));
    const scripts = { id, sudo, docker, systemctl, 'apt-get': aptGet };
    for (const [name, script] of Object.entries(scripts)) this.programs.add(name, script);
    this.programs.add('usermod', 'echo "$4 $3" > "$ROOT/usermod"');
    for (const name of ['sysctl', 'sleep', 'sshd']) this.programs.add(name);
    this.write('groups', 'deploy docker');
    this.write('units', 'systemd-timesyncd');
    this.write('active', 'systemd-timesyncd');
  }

  /** Removes Docker until apt-get installs it. */
  withoutDocker(): void {
    this.programs.remove('docker');
    this.programs.add('docker.to-install', docker);
  }

  /** @param path below the machine's root, such as `etc/docker/daemon.json`. */
  write(path: string, text: string): void {
    writeFileSync(join(this.#root, path), `${text}\n`);
  }

  /** @returns the text of a file below the machine's root, or undefined if there is none. */
  read(path: string): string | undefined {
    const file = join(this.#root, path);
    return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
  }

  run(script: string): Outcome {
    const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', script], {
      env: {
        PATH: `${this.programs.folder}:${this.#tools}`,
        ROOT: this.#root,
        PROGRAMS: this.programs.folder,
      },
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  }

  get #tools(): string {
    return join(this.#root, 'tools');
  }

  [Symbol.dispose](): void {
    rmSync(this.#root, { recursive: true });
  }
}
