import { request } from 'node:http';
import { isIP } from 'node:net';
import { isOwnFault } from '../http/socket/own-fault.ts';
import type { Upstream } from '../http/contract/handler.ts';

export interface ProbeOptions {
  /** Path with an optional query, for example `/healthz`. */
  readonly path: string;
  /** Limit of the whole probe, from connecting to the end of the answer, milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Result of a probe. `unreachable`: nothing at the address answers, not even with a refusal.
 * `unknown`: this machine could not connect by a fault of its own.
 */
export type ProbeResult = 'passed' | 'failed' | 'unreachable' | 'unknown';

/** Errors by which the network says that a host is not there. */
const unreachableCodes = ['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ETIMEDOUT'];

/**
 * Probes a member once: GET on a new connection, so that it detects a member that no longer accepts
 * connections. Never throws. It passes if the member answers with a status below 400 in time.
 */
export function probe(
  { host, port }: Upstream,
  { path, timeoutMs }: ProbeOptions,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const { promise, resolve } = Promise.withResolvers<ProbeResult>();
  const headers = { 'user-agent': 'perch-health', accept: '*/*' };
  const attempt = request({ host, port, path, headers, agent: false, signal });
  const giveUp = () => {
    const isConnecting = attempt.socket?.connecting === true && isIP(host) !== 0;
    resolve(isConnecting ? 'unreachable' : 'failed');
    attempt.destroy();
  };
  // After a pause of this process, what has come meanwhile is read first.
  const deadline = setTimeout(() => setImmediate(giveUp), timeoutMs);
  attempt
    .on('response', (response) => {
      response.resume();
      resolve((response.statusCode ?? 500) < 400 ? 'passed' : 'failed');
    })
    .on('error', (error: NodeJS.ErrnoException) => {
      if (isOwnFault(error)) resolve('unknown');
      else resolve(unreachableCodes.includes(error.code ?? '') ? 'unreachable' : 'failed');
    })
    .on('close', () => {
      clearTimeout(deadline);
      resolve('failed');
    })
    .end();
  return promise;
}
