import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect as tcpConnect, isIP } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { unbracketed } from '../../../contract/host-port.ts';
import { ConnectionMeter } from '../connection-meter.ts';

export interface Post {
  /** URL with the http or https scheme. Secret. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
}

export type PostResult =
  | { readonly kind: 'answered'; readonly status: number }
  /** `connected`: the request may have been written. */
  | { readonly kind: 'failed'; readonly error: unknown; readonly connected: boolean };

/** Posts a body by one request on a connection of its own, and follows no redirect. Never throws. */
export async function post({ url, headers, body, timeoutMs }: Post): Promise<PostResult> {
  const meter = new ConnectionMeter();
  try {
    const { send, agent } = url.startsWith('https:')
      ? { send: httpsRequest, agent: meter.httpsAgent }
      : { send: httpRequest, agent: meter.httpAgent };
    const request = send(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      agent,
      signal: AbortSignal.timeout(timeoutMs),
    });
    const answered = Promise.withResolvers<IncomingMessage>();
    request.on('error', answered.reject).on('response', answered.resolve).end(body);
    const response = await answered.promise;
    response.on('error', () => undefined).destroy();
    return { kind: 'answered', status: response.statusCode ?? 0 };
  } catch (error) {
    return { kind: 'failed', error, connected: meter.established > 0 };
  }
}

/**
 * Opens a connection to a URL's server, with TLS for https, and closes it.
 * @throws the error of the connection.
 */
export async function reach(url: string, timeoutMs: number): Promise<void> {
  const { protocol, hostname, port } = new URL(url);
  // A URL's IPv6 address stands in brackets.
  const host = unbracketed(hostname);
  const isTls = protocol === 'https:';
  const to = { host, port: Number(port || (isTls ? 443 : 80)) };
  const socket = isTls
    ? tlsConnect({ ...to, ...(isIP(host) === 0 && { servername: host }) })
    : tcpConnect(to);
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    await once(socket, isTls ? 'secureConnect' : 'connect', { signal });
  } finally {
    socket.on('error', () => undefined).destroy();
  }
}
