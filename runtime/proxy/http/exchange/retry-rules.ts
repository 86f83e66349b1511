import type { UpstreamFault } from '../contract/handler.ts';

/** RFC 9110 section 9.2.2. */
const idempotentMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** What of a request may have reached its origin. */
export interface Attempted {
  readonly method: string;
  /** Bytes of the request's body that were sent. */
  readonly bodyBytes: number;
  /** Whether any of an answer came, an interim one too. */
  readonly hasAnswer: boolean;
  /** Whether this was the retry. */
  readonly isRetry: boolean;
}

/**
 * Whether a request that failed may be sent once more: nothing of it was written, or it is
 * idempotent and its body was not begun. An origin that is too slow is not asked for twice as long.
 */
export function mayRetry(fault: UpstreamFault, attempted: Attempted): boolean {
  if (attempted.isRetry || fault === 'timeout') return false;
  if (fault === 'connect') return true;
  return (
    idempotentMethods.has(attempted.method) && attempted.bodyBytes === 0 && !attempted.hasAnswer
  );
}
