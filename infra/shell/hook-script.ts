/** Shell script that runs a hook of a release in a container on a host. Pure text. */
import { labels } from '../../runtime/contract/labels.ts';
import type { Hook } from '../../runtime/contract/names.ts';
import { lastLogLines } from './await-healthy.ts';
import { inMonitor, type Monitored } from './in-monitor.ts';
import { shellWord } from './shell-word.ts';

export interface HookScriptArgs {
  readonly hook: Hook;
  /** Service, and the monitor that knows which hooks ran. */
  readonly monitored: Monitored;
  /** Host that the script runs on, as the release document names it. */
  readonly host: string;
  /** Digest of everything for which the hook runs once. */
  readonly key: string;
  readonly image: string;
  /** Program and arguments; they replace the image's CMD. */
  readonly command: readonly string[];
  /** Name to value. Secret. */
  readonly environment: Readonly<Record<string, string>>;
  /** Options of `docker create`: network, memory, rights, labels. */
  readonly options: readonly string[];
  /** Time after which the hook is killed, seconds. */
  readonly timeoutSeconds: number;
}

/** Time for which another host keeps the right to run hooks after the time limit, seconds. */
const slackSeconds = 60;

/** Line that ends the environment: it has no =, so no variable can look like it. */
const endOfEnvironment = 'end of the environment';

/** Sentence that says what a failed hook leaves behind. */
const consequences: Record<Hook, string> = {
  beforeRelease: 'no member was changed: the earlier release serves as before',
  afterRelease: 'the release serves all the same: only this command failed',
};

/**
 * Script that runs a hook, unless it has run before. It is for standard input (`sh -s`), because it
 * contains the environment. One container name for all hooks of a service lets only one run on a host;
 * `perch hook` lets only one host run one. A container that an interrupted update left behind is waited
 * for and removed first, and its success counts. A failure ends with the last log lines on standard
 * error, the summary first.
 */
export function hookScript(args: HookScriptArgs): string {
  const { hook, host, key, timeoutSeconds, monitored } = args;
  // The words are in quotes already, because some are variables of the script.
  const perch = (...words: readonly string[]) =>
    [inMonitor(monitored, ['hook']), ...words].join(' ');
  const ttlMs = (timeoutSeconds + slackSeconds) * 1_000;
  const where = `--host=${shellWord(host)}`;
  const state = `{{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}}`;
  const found = [labels.hookDeadline, labels.hookKey, labels.hook].map(
    (label) => `{{index .Config.Labels "${label}"}}`,
  );
  return `hook=${hook} key=${shellWord(key)} limit=${timeoutSeconds}
name=${shellWord(`perch-${monitored.service}-hook`)}
now() { date +%s; }
begin() (
${perch('begin', '--hook="$hook"', '--key="$key"', where, `--ttl=${ttlMs}`)}
)
end() (
${perch('end', '--hook="$1"', '--key="$2"', where, '"--outcome=$3"')}
) > /dev/null
remove() { docker rm --force "$name" > /dev/null 2>&1; }
interrupted() {
  trap '' HUP INT TERM
  docker stop --time 10 "$name" > /dev/null 2>&1
  remove
  end "$hook" "$key" failed
  echo "$hook was interrupted; ${consequences[hook]}" >&2
  exit 1
}
show() { docker logs --follow "$name" 2>&1 & logs=$!; }
# Sets code: an exit code, memory, late or gone. Its argument is the deadline.
await_end() {
  while :; do
    state=$(docker inspect --format '${state}' "$name" 2> /dev/null) || { code=gone; return; }
    case $state in
      'exited '*true) code=memory; return ;;
      'exited '* | 'dead '*) code=\${state#* } code=\${code% *}; return ;;
    esac
    if [ "$(now)" -ge "$1" ]; then docker kill "$name" > /dev/null 2>&1; code=late; return; fi
    sleep 1
  done
}
# Waits for a container that an earlier run left behind. Its success counts for what it ran for.
await_earlier() {
  if [ "$4" = created ]; then
    # An update that is not cut off starts it at once.
    sleep 2
    case $(docker inspect --format '${state}' "$name" 2> /dev/null) in 'created '*) remove ;; esac
    return 0
  fi
  echo "a hook of an earlier update still runs or was not removed: waiting for its end"
  show
  await_end "$1"
  wait "$logs"
  if [ "$code" = 0 ]; then end "$3" "$2" succeeded || return 1; fi
  remove
  return 0
}
create() {
${create(args)}
}
main() {
  waits_until=$(($(now) + limit + ${slackSeconds})) said=
  while :; do
    decision=$(begin) || exit 1
    case $decision in
      run) ;;
      done) echo "$hook has run for this image before: it does not run again"; exit 0 ;;
      'busy '*)
        if [ "$(now)" -ge "$waits_until" ]; then
          echo "$hook did not run: a hook still runs on host \${decision#busy }; ${consequences[hook]}" >&2
          exit 1
        fi
        [ -n "$said" ] || echo "waiting for a hook that runs on host \${decision#busy }"
        said=yes
        sleep 2
        continue ;;
      *) echo "perch hook begin printed $decision" >&2; exit 1 ;;
    esac
    if found=$(docker inspect --format '${found.join(' ')} {{.State.Status}}' "$name" 2> /dev/null); then
      await_earlier $found || exit 1
      continue
    fi
    # Since this update asked, another one may have run the hook and removed its container.
    [ "$(begin)" = run ] || continue
    deadline=$(($(now) + limit))
    create && break
    # Another update was faster, unless there is none: then docker has said why.
    docker inspect "$name" > /dev/null 2>&1 || exit 1
  done
  trap interrupted HUP INT TERM
  trap remove EXIT
  if docker start "$name" > /dev/null; then
    show
    await_end "$deadline"
    wait "$logs"
  else
    code=unstarted
  fi
  # An update of another stack on this host waited for it, recorded its success and removed it.
  if [ "$code" = gone ] && [ "$(begin)" = done ]; then exit 0; fi
  if [ "$code" = 0 ]; then
    end "$hook" "$key" succeeded && exit 0
    # The next update finds the container, and so does not run the hook again.
    trap - EXIT
    echo "$hook succeeded, but perch could not record it: update again" >&2
    exit 1
  fi
  case $code in
    late) why="was killed after $limit s, its time limit (perch:hookTimeoutSeconds)" ;;
    memory) why='was killed: it needed more memory than perch:memoryLimitMiB' ;;
    gone) why='failed: its container was removed while it ran' ;;
    unstarted) why='did not start' ;;
    *) why="failed with exit code $code" ;;
  esac
  exec >&2
  echo "$hook $why; ${consequences[hook]}"
  echo "its last log lines:"
  ${lastLogLines('"$name"')}
  end "$hook" "$key" failed
  exit 1
}
main < /dev/null
`;
}

/**
 * `docker create` with the environment on its standard input, so that it is in no argument list. Docker
 * reads a variable a line there; one with line breaks comes from the environment of the command.
 */
function create({ hook, key, image, command, environment, options }: HookScriptArgs): string {
  const variables = Object.entries(environment);
  const others = variables.filter((variable) => !isOneLine(variable));
  const words = [
    '--label',
    `${labels.hook}=${hook}`,
    '--label',
    `${labels.hookKey}=${key}`,
    ...others.flatMap(([name]) => ['--env', name]),
    ...options,
  ];
  return [
    '(',
    ...others.map(([name, value]) => `export ${name}=${quoted(value)}`),
    `exec docker create --name "$name" --label "${labels.hookDeadline}=$deadline" --env-file /dev/stdin \\`,
    `${words.map(shellWord).join(' ')} \\`,
    `${[image, ...command].map(shellWord).join(' ')} > /dev/null << '${endOfEnvironment}'`,
    ...variables.filter(isOneLine).map(([name, value]) => `${name}=${value}`),
    endOfEnvironment,
    ')',
  ].join('\n');
}

function isOneLine([, value]: readonly [string, string]): boolean {
  return !/[\r\n]/.test(value) && value.length < longestLine;
}

/** Longest value that Docker reads from a line, with its name, characters. */
const longestLine = 16_000;

function quoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
