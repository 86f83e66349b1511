const timeoutMs = 5_000;

/**
 * Sends a change and returns the body of the response; throws the reason of a failure, with the body as its
 * `answer`.
 */
export async function post(path, body) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body ?? {}),
    signal: AbortSignal.timeout(timeoutMs),
  });
  return await answerOf(response);
}

/** Returns the body of the response to a GET; throws the reason of a failure. */
export async function read(path) {
  return await answerOf(await fetch(path, { signal: AbortSignal.timeout(timeoutMs) }));
}

async function answerOf(response) {
  const answer = await response.json();
  if (!response.ok) {
    const error = new Error(answer.detail ?? `the console responded with ${response.status}`);
    throw Object.assign(error, { answer });
  }
  return answer;
}
