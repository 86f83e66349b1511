import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { PerchError } from '../../contract/perch-error.ts';
import { defaultLimits } from '../http/contract/limits.ts';
import type { ProxySettings } from './settings.ts';

/** Descriptors of a worker besides its connections: listeners, Redis, probes, pipes, files. */
const besides = 200;

/** Each client connection may need one to a member. */
const perConnection = 2;

/**
 * Returns settings whose `connections` the process has descriptors for. A limit that was given must
 * fit; the default is lowered to what fits, which is logged.
 * @param most descriptors that each worker may have open; undefined: no limit, or not known.
 * @throws PerchError `bad_input`.
 */
export function withinDescriptors(
  settings: ProxySettings,
  most: number | undefined,
  logger: Logger,
): ProxySettings {
  const connections = settings.limits.connections ?? defaultLimits.connections;
  const needed = connections * perConnection + besides;
  if (most === undefined || needed <= most) return settings;
  const fitting = Math.floor((most - besides) / perConnection);
  if (settings.limits.connections !== undefined || fitting < 1) {
    throw new PerchError(
      'bad_input',
      `--limit connections=${connections} needs ${needed} open files for each worker, and a process ` +
        `may have ${most} here; raise that limit (ulimit -n) or lower this one`,
    );
  }
  logger.info(
    { openFiles: most, connections: fitting },
    `a process may have ${most} open files here, so each worker takes ${fitting} connections, ` +
      `not ${connections}; raise the limit (ulimit -n)`,
  );
  return { ...settings, limits: { ...settings.limits, connections: fitting } };
}

/**
 * Returns the number of descriptors that this process may have open. Node has raised its soft limit
 * to the hard one. Undefined if there is no limit, or if the system is not Linux.
 */
export async function mostDescriptors(): Promise<number | undefined> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const digits = /^Max open files +(\d+)/m.exec(limits)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
