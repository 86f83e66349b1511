import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';

/**
 * Sends a GET and waits until the server has started it: `100 Continue` (RFC 9110 section 10.1.1).
 */
export async function runningRequest(
  url: string,
): Promise<{ status: Promise<number | undefined> }> {
  const running = request(url, { agent: false, headers: { expect: '100-continue' } }).end();
  const status = once(running, 'response').then(([response]: IncomingMessage[]) => {
    response?.resume();
    return response?.statusCode;
  });
  // The caller that awaits `status` sees a failure, which may come before that.
  status.catch(() => undefined);
  await once(running, 'continue');
  return { status };
}
