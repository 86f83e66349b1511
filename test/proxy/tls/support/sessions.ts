import { once } from 'node:events';
import { connect, type ConnectionOptions, type SecureVersion } from 'node:tls';

const request = 'GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n';

export interface Visit {
  /** Session that the server gave last, to be resumed. */
  readonly session: Buffer;
  readonly isResumed: boolean;
}

/** Connects, sends one request and reads the answer. @param session to be resumed. */
export async function visit(
  port: number,
  version: SecureVersion,
  session?: Buffer,
): Promise<Visit> {
  const options: ConnectionOptions = { minVersion: version, maxVersion: version };
  const where = { host: '127.0.0.1', port, servername: 'a.test', rejectUnauthorized: false };
  const socket = connect({ ...where, ...options, ...(session && { session }) });
  let last: Buffer | undefined;
  socket.on('session', (given: Buffer) => (last = given));
  await once(socket, 'secureConnect');
  const isResumed = socket.isSessionReused();
  const current = socket.getSession();
  socket.end(request);
  let text = '';
  socket.setEncoding('latin1').on('data', (part: string) => (text += part));
  await once(socket, 'close');
  if (!text.startsWith('HTTP/1.1 200')) throw new Error(`no answer, but ${text}`);
  const next = last ?? current;
  if (next === undefined) throw new Error('the server gave no session');
  return { session: next, isResumed };
}
