import { aboutService } from './chosen-service.js';

const timeoutMs = 5_000;

/**
 * Sends a change and returns the body of the response; throws the reason of a failure, with the body as its
 * `answer`.
 */
export async function post(path, body) {
  const response = await fetch(aboutService(path), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body ?? {}),
    signal: AbortSignal.timeout(timeoutMs),
  });
  return await answerOf(response);
}

/** Returns the body of the response to a GET; throws the reason of a failure. */
export async function read(path) {
  return await answerOf(
    await fetch(aboutService(path), { signal: AbortSignal.timeout(timeoutMs) }),
  );
}

async function answerOf(response) {
  if (response.status === 401) dispatchEvent(new Event('signed-out'));
  const answer = response.status === 204 ? undefined : await response.json();
  if (!response.ok) {
    const { status } = response;
    const error = new Error(answer.detail ?? `the console responded with ${status}`, {
      cause: status,
    });
    throw Object.assign(error, { answer });
  }
  return answer;
}
