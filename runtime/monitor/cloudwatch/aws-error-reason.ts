/** Returns the name and the message of an AWS client's error, and nothing of its request. */
export function awsErrorReason(error: unknown): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return message === '' || message === name ? name : `${name}: ${message}`;
}
