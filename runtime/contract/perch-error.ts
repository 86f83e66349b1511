/**
 * Codes of a {@link PerchError} and their meaning. Codes are stable, so that scripts and dashboards
 * can match on them; messages are for people and may change.
 */
export const errorCodes = {
  bad_input:
    'A value from a person or a file breaks a rule; the message names field, rule and value.',
  not_found:
    'The service, member, host, flag or incident of that name is not there; nothing was changed.',
  redis_unavailable: 'Redis did not respond in time, refused the connection or was read-only.',
  redis_refused: 'Redis responded with an error: wrong password, too old, out of memory.',
  document_invalid: 'The stored release document does not match its schema.',
  document_lost: 'Redis holds no release document, or an older one than live proxies apply.',
  transition_refused: 'The release document does not allow this change; the message says why.',
  fenced: 'A newer leader has taken over, so this writer must not write.',
  conflict: 'Others changed the release document or the flag meanwhile; nothing was written.',
  not_applied: 'Not every live proxy applied the release document in time.',
  not_drained: 'A member still had requests in flight at the timeout.',
  member_harmful: 'A new member failed where the others did not, so it was drained.',
  not_delivered: 'A notification was not delivered through every channel.',
  channel_failed: 'A channel of notifications refused its credentials or could not be reached.',
  port_in_use: 'Another process listens on the address.',
  worker_failed: 'A worker process of the proxy ended before it could serve.',
  process_failed: 'A process did not start, was not ready in time, or ended unexpectedly.',
  unsupported: 'The server or platform lacks a feature that Perch needs.',
  unexpected: 'A fault of Perch itself; without `--json` it is shown with its stack.',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** One value that breaks one rule. */
export interface InputProblem {
  readonly field: string;
  /** The rule, read after the field's name: `must be from 0 to 100`. */
  readonly rule: string;
  /** The value as given; undefined if it is missing or secret. */
  readonly value?: string;
}

interface PerchErrorOptions {
  readonly cause?: unknown;
  /** Problems of the input, of which the message is made. Default: none. */
  readonly problems?: readonly InputProblem[];
}

/**
 * Error that stops the work; expected outcomes are discriminated unions instead. The message is one
 * line that names field, rule and value, and never contains a secret.
 */
export class PerchError extends Error {
  readonly code: ErrorCode;
  readonly problems: readonly InputProblem[];

  constructor(code: ErrorCode, message: string, options: PerchErrorOptions = {}) {
    super(message, options);
    this.name = 'PerchError';
    this.code = code;
    this.problems = options.problems ?? [];
  }
}
