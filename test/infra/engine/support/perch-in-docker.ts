import { join } from 'node:path';
import type { Engine } from './engine.ts';

const entry = join(import.meta.dirname, '../../../../runtime/bin/perch.ts');

/**
 * Lets the stand-in for `docker` find one healthy monitor, and run the real `perch` where a script
 * runs it in that monitor.
 */
export function perchInDocker(
  engine: Engine,
  { service, redisUrl }: { readonly service: string; readonly redisUrl: string },
): void {
  engine.programs.add(
    'docker',
    `case "$1" in
  ps) case "$*" in *perch.part=monitor*) echo monitor ;; esac ;;
  exec)
    shift
    if [ "$1" = --interactive ]; then shift; fi
    shift 2
    PERCH_SERVICE='${service}' PERCH_REDIS_URL='${redisUrl}' exec '${process.execPath}' '${entry}' "$@" ;;
esac`,
  );
}
