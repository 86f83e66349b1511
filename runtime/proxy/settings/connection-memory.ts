import { totalmem } from 'node:os';
import { defaultLimits } from '../http/contract/limits.ts';
import type { ProxySettings } from './settings.ts';

const kib = 1_024;
const mib = 1_024 * kib;

/** Memory of an idle connection, bytes, and a tenth more (docs/performance.md). */
const perConnection = { plain: 21 * kib, secure: 75 * kib };
/** Memory of the processes without connections, and for the requests that run, bytes. */
const besides = { supervisor: 64 * mib, worker: 96 * mib };
/** Connections that a worker takes with however little memory. */
const least = 500;

/**
 * Connections that each worker takes: the limit that was given, else as many as the memory holds that
 * all processes of the proxy may have together.
 * @param memoryBytes undefined: no limit.
 */
export function connectionsWithin(
  settings: Pick<ProxySettings, 'limits' | 'connectionsAreGiven' | 'workers' | 'tlsListen'>,
  memoryBytes: number | undefined,
): number {
  const { limits, connectionsAreGiven, workers, tlsListen } = settings;
  const { connections = defaultLimits.connections } = limits;
  if (connectionsAreGiven || memoryBytes === undefined) return connections;
  const ofWorker = (memoryBytes - besides.supervisor) / workers - besides.worker;
  const each = tlsListen === undefined ? perConnection.plain : perConnection.secure;
  return Math.min(connections, Math.max(least, Math.floor(ofWorker / each)));
}

/** Memory that this process and those beside it may have by their control group, bytes; undefined: all of it. */
export function memoryOfGroup(): number | undefined {
  const bytes = process.constrainedMemory();
  return bytes > 0 && bytes < totalmem() ? bytes : undefined;
}
