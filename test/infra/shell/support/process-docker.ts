import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { labels } from '../../../../runtime/contract/labels.ts';
import type { StandInPrograms } from '../../../support/pulumi/stand-in-programs.ts';

const perch = join(import.meta.dirname, '../../../../runtime/bin/perch.ts');

/**
 * Adds a `docker` whose containers are processes of this machine, with an environment of their own, and
 * whose only monitor runs `perch` for a service. It logs its calls in the file `calls` of `folder`; a
 * container `NAME` is the folder `containers/NAME`. Whoever asks for labels waits while there is a file
 * `hold`.
 */
export function addProcessDocker(
  programs: StandInPrograms,
  folder: string,
  environment: Readonly<Record<string, string>>,
): void {
  mkdirSync(join(folder, 'containers'), { recursive: true });
  const variables = Object.entries(environment).map(([name, value]) => `${name}='${value}'`);
  const label = (name: string) => `$(sed -n 's/^${name}=//p' "$c/labels")`;
  programs.add(
    'docker',
    `
cd '${folder}'
echo "$*" >> calls
verb=$1; shift
eval "last=\\\${$#}"
c=containers/$last
# Ended containers have a file with their exit code.
await() { while [ ! -e "$c/code" ]; do /bin/sleep 0.05; done; }
end() {
  [ -e "$c/code" ] || kill -s "$1" -- "-$(cat "$c/pid")"
  if [ "$1" = KILL ]; then echo 137 > "$c/code"; else await; fi
}
case $verb in
  ps) echo monitor-1 ;;
  exec)
    shift 2
    ${variables.join(' ')} exec '${process.execPath}' '${perch}' "$@" ;;
  create)
    while :; do
      case $1 in
        --name) c=containers/$2; mkdir "$c" || exit 1; : > "$c/env"; : > "$c/labels"; shift 2 ;;
        --label) echo "$2" >> "$c/labels"; shift 2 ;;
        --env) eval "value=\\$$2"; printf "%s='%s'\\n" "$2" "$value" >> "$c/env"; shift 2 ;;
        --env-file) sed "s/=/='/; s/\\$/'/" "$2" >> "$c/env"; shift 2 ;;
        --*) shift ;;
        *) shift; break ;;
      esac
    done
    for word; do
      printf "'%s' " "$(printf %s "$word" | sed "s/'/'\\\\''/g")"
    done > "$c/command" ;;
  start)
    if [ -e unstartable ]; then echo "exec: not found" >&2; exit 1; fi
    setsid sh -c 'cd "$1"; trap : TERM; exec 3> pid; echo $$ >&3; exec 3>&-
      (set -a; . ./env; set +a; eval "set -- $(cat command)"; exec "$@" > log 2>&1)
      echo $? > code.new; mv code.new code' sh "$c" < /dev/null > /dev/null 2>&1 &
    while [ ! -s "$c/pid" ]; do /bin/sleep 0.01; done ;;
  inspect)
    case $* in *Labels*) while [ -e hold ]; do /bin/sleep 0.05; done ;; esac
    [ -d "$c" ] || exit 1
    if [ -e "$c/code" ]; then state="exited $(cat "$c/code")"
    elif [ -e "$c/pid" ]; then state='running 0'
    else state='created 0'; fi
    case $* in
      *Labels*) echo "${label(labels.hookDeadline)} ${label(labels.hookKey)} ${label(labels.hook)} \${state% *}" ;;
      *) echo "$state false" ;;
    esac ;;
  logs)
    case $* in *--follow*) if [ -e "$c/pid" ]; then await; fi ;; esac
    if [ -e "$c/log" ]; then cat "$c/log"; fi ;;
  stop) end TERM ;;
  kill) end KILL ;;
  rm) [ -d "$c" ] || exit 1; if [ -e "$c/pid" ]; then end KILL; fi; rm -rf "$c" ;;
  *) echo "docker $verb" >&2; exit 64 ;;
esac`,
  );
}
