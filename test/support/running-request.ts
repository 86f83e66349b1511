import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';

/** A GET of `url` that the server has begun, as its `100 Continue` proves (RFC 9110 section 10.1.1). */
export async function runningRequest(
  url: string,
): Promise<{ status: Promise<number | undefined> }> {
  const running = request(url, { headers: { expect: '100-continue' } }).end();
  const status = once(running, 'response').then(([response]: IncomingMessage[]) => {
    response?.resume();
    return response?.statusCode;
  });
  // Whoever holds `status` sees a failure; it may come before they look.
  status.catch(() => undefined);
  await once(running, 'continue');
  return { status };
}
