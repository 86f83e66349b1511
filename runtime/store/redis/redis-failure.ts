import { PerchError } from '../../contract/perch-error.ts';

/**
 * Converts an error of the Redis client to a PerchError of one line. The client's error does not
 * become the cause: it contains the command's arguments, and those of AUTH are the password.
 */
export function redisFailure(doing: string, error: unknown): PerchError {
  if (error instanceof PerchError) return error;
  const [previous] = previousErrorsOf(error);
  if (previous !== undefined) return redisFailure(doing, previous);
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (name !== 'ReplyError')
    return new PerchError('redis_unavailable', `${doing}: ${plain(message)}`);
  const [prefix = ''] = message.split(' ', 1);
  const known = replies[prefix];
  if (known === undefined) return new PerchError('redis_refused', `${doing}: ${message}`);
  return new PerchError(known.code, `${doing}: ${known.text}`);
}

/** Refusals of single commands because of which Redis discarded a transaction (EXECABORT). */
function previousErrorsOf(error: unknown): readonly unknown[] {
  if (!(error instanceof Error) || !('previousErrors' in error)) return [];
  return Array.isArray(error.previousErrors) ? error.previousErrors : [];
}

/** Error of a write by a leader that another one has replaced. */
export function fenced(epoch: number | undefined): PerchError {
  return new PerchError(
    'fenced',
    `epoch must be the newest leader's, got ${epoch}: another monitor judges now`,
  );
}

const password = 'Redis refused the user or password of PERCH_REDIS_URL';

const replies: Record<string, { code: 'redis_refused' | 'redis_unavailable'; text: string }> = {
  WRONGPASS: { code: 'redis_refused', text: password },
  NOAUTH: { code: 'redis_refused', text: `${password}: it contains none` },
  NOPERM: {
    code: 'redis_refused',
    text: 'the user of PERCH_REDIS_URL may not run this command, or not with this key',
  },
  OOM: { code: 'redis_refused', text: 'Redis is full (maxmemory) and evicts nothing' },
  READONLY: { code: 'redis_unavailable', text: 'Redis is a read-only replica' },
  LOADING: { code: 'redis_unavailable', text: 'Redis is loading its data' },
  MISCONF: { code: 'redis_refused', text: 'Redis cannot save to its disk and refuses writes' },
};

function plain(message: string): string {
  if (message.includes('Command timed out')) return 'Redis did not answer in time';
  if (message.includes("isn't writeable") || message.includes('Connection is closed')) {
    return 'there is no connection to Redis';
  }
  return message.replace(/^connect ECONNREFUSED /, 'no server listens at ');
}
