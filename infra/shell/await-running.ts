import { printFailure, tooManyExits } from './await-healthy.ts';

/** Time for which a container must run without an exit, seconds. */
const steadySeconds = 5;

/**
 * Shell script that ends when a container without a health check has run for some seconds without an
 * exit. Its arguments are the container and the time limit in seconds. It fails, with the container's
 * last log lines on standard error, when the time is over or the container has exited too often. The
 * first line of the error is its summary.
 */
export const awaitRunningScript = `id=$1 timeout=$2 first= steady=
deadline=$(($(date +%s) + timeout + ${steadySeconds}))
while :; do
  state=$(docker inspect --format '{{.RestartCount}} {{.State.Status}} {{.State.ExitCode}} {{.State.StartedAt}}' "$id") || exit 1
  set -- $state
  exits=$(($1 - \${first:=$1}))
  now=$(date +%s)
  # Docker does not count a restart as such before the program starts again.
  if [ "$2" = running ] && [ "$steady" = "$1 $4" ]; then
    if [ $((now - since)) -ge ${steadySeconds} ]; then exit 0; fi
  else
    steady="$1 $4" since=$now
  fi
  if [ "$exits" -ge ${tooManyExits} ]; then why="exited $exits times, with code $3"; break; fi
  if [ "$2" = exited ]; then why="exited, with code $3"; break; fi
  if [ "$now" -ge "$deadline" ]; then why="did not run for ${steadySeconds} s without an exit within $timeout s"; break; fi
  sleep 1
done
${printFailure()}`;
