const longestMessage = 300;

/**
 * Returns the name and the first line of the message of an AWS client's error, and nothing of its
 * request: the further lines of a refused signature repeat the request, session token included.
 */
export function awsErrorReason(error: unknown): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const [line = ''] = message.split('\n', 1);
  // A client that we abort after our time limit only says "Request aborted".
  if (name === 'AbortError') return 'no answer in time';
  const text = withoutStop(line.trim()).slice(0, longestMessage) || codeOf(error);
  return text === '' || text === name ? name : `${name}: ${text}`;
}

/** The message without its full stop: the reason stands within other sentences. */
function withoutStop(message: string): string {
  return message.endsWith('.') ? message.slice(0, -1) : message;
}

/** Code of a network error, which may have no message. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
