import type { Outcome, Reply, UpstreamFault } from '../contract/handler.ts';

/** Methods that may be sent twice (RFC 9110 section 9.2.2). TRACE is not forwarded. */
const idempotentMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** Fault of the upstream, or `exhausted`: this machine could not even begin to connect. */
export type AttemptFault = UpstreamFault | 'exhausted';

/** Properties of a failed attempt that decide on a retry. */
export interface Attempted {
  readonly method: string;
  /** Bytes of the request's body that were sent. */
  readonly bodyBytes: number;
  /** True if a response has come, even an interim one. */
  readonly hasAnswer: boolean;
  /** True if the attempt was the retry. */
  readonly isRetry: boolean;
}

/**
 * Reports whether a failed request may be sent once more: nothing of it was written, or it is
 * idempotent and its body was not begun. A request is not retried after a timeout, because the
 * client would wait twice as long.
 */
export function mayRetry(fault: AttemptFault, attempted: Attempted): boolean {
  if (attempted.isRetry || fault === 'timeout') return false;
  if (fault === 'connect' || fault === 'exhausted') return true;
  return (
    idempotentMethods.has(attempted.method) && attempted.bodyBytes === 0 && !attempted.hasAnswer
  );
}

/** Answer in place of the one that was not sent, if the other upstream gave none either. */
export const notFound: Reply = {
  status: 404,
  reason: 'Not Found',
  fields: ['content-type', 'text/plain'],
  body: 'not found\n',
};

/** Reports whether another response may be sent than the one whose head has come. */
export function mayReplace({ method, bodyBytes, hasAnswer }: Omit<Attempted, 'isRetry'>): boolean {
  return idempotentMethods.has(method) && bodyBytes === 0 && !hasAnswer;
}

/** Returns the outcome of an attempt that failed after `durationMs`. */
export function outcomeOf(fault: AttemptFault, durationMs: number): Outcome {
  if (fault === 'exhausted') return { kind: 'own-fault', durationMs };
  return { kind: 'upstream-fault', fault, durationMs };
}
