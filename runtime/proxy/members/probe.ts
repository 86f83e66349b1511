import { request } from 'node:http';
import type { Upstream } from '../http/contract/handler.ts';

export interface ProbeOptions {
  /** Path with an optional query, for example `/healthz`. */
  readonly path: string;
  /** Limit of the whole probe, from connecting to the end of the answer, milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Probes a member once: GET on a new connection, so that it detects a member that no longer accepts
 * connections. Never throws.
 * @returns true if the member answers with a status below 400 in time.
 */
export function probe(
  { host, port }: Upstream,
  { path, timeoutMs }: ProbeOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const headers = { 'user-agent': 'perch-health', accept: '*/*' };
  const attempt = request({ host, port, path, headers, agent: false, signal });
  const deadline = setTimeout(() => attempt.destroy(), timeoutMs);
  attempt
    .on('response', (response) => {
      response.resume();
      resolve((response.statusCode ?? 500) < 400);
    })
    .on('error', () => resolve(false))
    .on('close', () => {
      clearTimeout(deadline);
      resolve(false);
    })
    .end();
  return promise;
}
