import { awsErrorReason } from '../cloudwatch/aws-error-reason.ts';
import type { SendResult } from './channel.ts';

/**
 * Turns an AWS client's error into the result of a send.
 * @param final names of errors that no later attempt can fix.
 */
export function awsFailure(error: unknown, final: readonly string[]): SendResult {
  const isFinal = error instanceof Error && final.includes(error.name);
  return { kind: isFinal ? 'rejected' : 'failed', reason: awsErrorReason(error) };
}
