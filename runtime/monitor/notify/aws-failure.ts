import { awsErrorReason } from '../cloudwatch/aws-error-reason.ts';
import type { SendResult } from './channel.ts';

export interface AwsFailureContext {
  /** Names of errors that no later attempt can fix. */
  readonly final: readonly string[];
  /** True if a connection was established, so that the request may have been written. */
  readonly connected: boolean;
}

/**
 * Turns an AWS client's error into the result of a send. An error that the service answered is
 * certain; without an answer, the service may have accepted the message.
 */
export function awsFailure(error: unknown, { final, connected }: AwsFailureContext): SendResult {
  const reason = awsErrorReason(error);
  if (error instanceof Error && final.includes(error.name)) return { kind: 'rejected', reason };
  if (isAnswered(error) || !connected) return { kind: 'failed', reason };
  return { kind: 'unknown', reason };
}

function isAnswered(error: unknown): boolean {
  if (!(error instanceof Error) || !('$metadata' in error)) return false;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null) return false;
  const status = 'httpStatusCode' in metadata ? metadata.httpStatusCode : undefined;
  return typeof status === 'number' && status >= 300;
}
