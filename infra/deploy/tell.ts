import { createHmac } from 'node:crypto';

/** Tells a Slack-compatible webhook, signed as the monitor signs. Never throws: it comes last. */
export async function tell(
  text: string,
  { url, secret }: { readonly url: string | undefined; readonly secret: string | undefined },
): Promise<void> {
  if (url === undefined || url === '') return;
  const body = JSON.stringify({ text });
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const signature =
    secret === undefined
      ? {}
      : {
          'x-perch-timestamp': timestamp,
          'x-perch-signature': `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`,
        };
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...signature },
      body,
      signal: AbortSignal.timeout(10_000),
    });
    if (!answer.ok) console.error(`deploy: the webhook answered ${answer.status}`);
  } catch (error) {
    // The URL is secret, and undici's message may hold it.
    const code = error instanceof Error ? error.name : 'error';
    console.error(`deploy: the webhook could not be told (${code})`);
  }
}
