/** Number of log lines that show why a container failed. */
const failureLogLines = 50;

/** A container that exits this often, however soon it starts again, is not waited for any longer. */
export const tooManyExits = 3;

/** Longest part of a health check's output that is shown, bytes. */
const longestAnswer = 300;

/** Longest line that is shown, bytes. */
const longestLine = 1_000;

/** Shell command that prints the last log lines of a container, on standard output. */
export function lastLogLines(container: string): string {
  return `docker logs --tail ${failureLogLines} ${container} 2>&1 | cut -b 1-${longestLine}`;
}

/**
 * End of a shell script that waits for the container `$id`: says on standard error that it `$why`, the
 * summary first, and its last log lines.
 */
export function printFailure(): string {
  return `exec >&2
printf 'container %s %s\\n' "$(docker inspect --format '{{.Name}}' "$id" | cut -c 2-)" "$why"
echo "its last log lines:"
${lastLogLines('"$id"')}
exit 1
`;
}

const health = '{{with .State.Health}}{{.Status}}{{else}}none{{end}}';
const answers = '{{with .State.Health}}{{range .Log}}{{json .Output}}{{println}}{{end}}{{end}}';

/** Part of the script that says in the summary what the last health check printed. */
const lastAnswer = `printed=$(docker inspect --format '${answers}' "$id" | grep . | tail -n 1 | cut -b 1-${longestAnswer} | sed 's/\\\\n"$/"/')
why="$why\${printed:+: its last health check printed $printed}"
`;

/**
 * Shell script that ends when a container is healthy. Its arguments are the container and the time
 * limit in seconds. It fails, with the container's last log lines on standard error, when the time
 * is over or the container has exited too often. The first line of the error is its summary.
 */
export const awaitHealthyScript = `id=$1 timeout=$2 first=
deadline=$(($(date +%s) + timeout))
while :; do
  state=$(docker inspect --format '${health} {{.RestartCount}} {{.State.Status}} {{.State.ExitCode}}' "$id") || exit 1
  set -- $state
  if [ "$1" = healthy ]; then exit 0; fi
  exits=$(($2 - \${first:=$2}))
  # While the container runs, its last exit code is not shown.
  if [ "$exits" -ge ${tooManyExits} ] && [ "$3" != running ]; then why="exited $exits times, with code $4"; break; fi
  if [ "$(date +%s)" -ge "$deadline" ]; then why="did not become healthy within $timeout s"; break; fi
  sleep 1
done
${lastAnswer}${printFailure()}`;
