import { request } from 'node:http';
import type { Upstream } from '../http/contract/handler.ts';

export interface ProbeOptions {
  /** Path with an optional query, for example `/healthz`. */
  readonly path: string;
  /** For the whole probe, from connecting to the answer's end, milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Asks a member once whether it is well: GET on a connection of its own, so that a member that no
 * longer accepts connections is noticed. Well is an answer below 400 in time; never throws.
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
