import type { SendResult } from './channel.ts';

/**
 * What an AWS client's error means for a notice. The SDK's errors name the operation's own fault;
 * no request is kept in what we say of it.
 * @param final - names of errors that no later try can mend.
 */
export function awsFailure(error: unknown, final: readonly string[]): SendResult {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const reason = message === '' || message === name ? name : `${name}: ${message}`;
  return { kind: final.includes(name) ? 'rejected' : 'failed', reason };
}
