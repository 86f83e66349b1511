import type { SendResult } from './channel.ts';

/**
 * Turns an AWS client's error into the result of a send. The reason holds the error's name and
 * message only, nothing of the request.
 * @param final names of errors that no later attempt can fix.
 */
export function awsFailure(error: unknown, final: readonly string[]): SendResult {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const reason = message === '' || message === name ? name : `${name}: ${message}`;
  return { kind: final.includes(name) ? 'rejected' : 'failed', reason };
}
