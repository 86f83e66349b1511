/**
 * Every code a {@link PerchError} can carry, and what it means to the one who reads it.
 * A code is stable: scripts and dashboards may match on it; the message is for people.
 */
export const errorCodes = {
  bad_input:
    'A value that a person or a file gave breaks a rule; the message names field, rule, value.',
  redis_unavailable: 'Redis did not answer in time, refused the connection or was read-only.',
  redis_refused: 'Redis answered with an error: wrong password, too old, out of memory.',
  document_invalid: 'The stored release document does not fit its schema.',
  document_lost: 'Redis holds no release document, yet live proxies apply one.',
  transition_refused: 'The release document cannot take this change; the message says why.',
  fenced: 'A newer leader has taken over; this writer may no longer write.',
  conflict: 'Other writers kept changing the release document; nothing was written.',
  not_applied: 'Not every live proxy applied the release document in time.',
  not_drained: 'A member still had requests in flight when the time was up.',
  not_delivered: 'A notice did not go through every channel.',
  port_in_use: 'Another process listens on the address.',
  worker_failed: 'A worker process of the proxy ended before it could serve.',
  process_failed: 'A process did not start, did not get ready in time, or ended unasked.',
  unsupported: 'The server or platform lacks something that Perch needs.',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/**
 * The one error class of Perch. Expected outcomes are discriminated unions; this is for what
 * stops the work. The message is one line that names field, rule and value and never a secret.
 */
export class PerchError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'PerchError';
    this.code = code;
  }
}
