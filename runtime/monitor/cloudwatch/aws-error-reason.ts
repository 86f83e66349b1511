const longestMessage = 300;

/**
 * Returns the name and the first line of the message of an AWS client's error, and nothing of its
 * request: the further lines of a refused signature repeat the request, session token included.
 */
export function awsErrorReason(error: unknown): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const [line = ''] = message.split('\n', 1);
  const text = line.trim().slice(0, longestMessage) || codeOf(error);
  return text === '' || text === name ? name : `${name}: ${text}`;
}

/** Code of a network error, which may have no message. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
