import { once } from 'node:events';
import { request as requestHttp, type Agent, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { tracks, type Track } from '../../runtime/contract/names.ts';
import type { VirtualUser } from './virtual-user.ts';

/** Kind of request that virtual users send. */
export interface RequestKind {
  readonly path: string;
  /** Sends it on a connection of its own. Default: false. */
  readonly newConnection?: boolean;
}

/** Outcome of one request. */
export interface Answer {
  /** Time the request was due, milliseconds since the epoch. */
  readonly dueAt: number;
  /** From then to the last byte. */
  readonly durationMs: number;
  readonly kind: RequestKind;
  /** Port of the proxy that it was sent to. */
  readonly proxyPort: number;
  readonly status?: number;
  /** Track, member and version that the response names. */
  readonly track?: Track;
  readonly member?: string;
  readonly version?: string;
  /** Cause of the failure; undefined for a complete response with status 200. */
  readonly failure?: string;
}

export interface RequestOptions {
  readonly host: string;
  readonly port: number;
  /** Host name that it names; undefined: the address and port. */
  readonly hostName: string | undefined;
  readonly kind: RequestKind;
  readonly user: VirtualUser;
  /** Agent of http or https, which keeps connections open between requests or not. */
  readonly agent: Agent;
  /** Time the request was due, by performance.now(). */
  readonly due: number;
  /** Time after which the user gives up, milliseconds. */
  readonly timeoutMs: number;
}

/** Sends one request and reads the whole response. Never rejects and never repeats a request. */
export async function sendRequest(options: RequestOptions): Promise<Answer> {
  const { kind, due, user, port: proxyPort, timeoutMs } = options;
  const dueAt = performance.timeOrigin + due;
  try {
    const response = await send(options);
    response.resume();
    await once(response, 'end');
    const status = response.statusCode ?? 0;
    user.remember(response.headers['set-cookie']);
    return {
      dueAt,
      durationMs: performance.now() - due,
      kind,
      proxyPort,
      status,
      ...memberOf(response),
      ...(status !== 200 && { failure: `status ${status}` }),
    };
  } catch (error) {
    const failure = causeOf(error, timeoutMs);
    return { dueAt, durationMs: performance.now() - due, kind, proxyPort, failure };
  }
}

async function send(options: RequestOptions): Promise<IncomingMessage> {
  const { host, port, hostName, kind, user, agent, timeoutMs } = options;
  const { path } = kind;
  const cookie = user.cookie;
  const request = agent instanceof HttpsAgent ? requestHttps : requestHttp;
  const sent = request({
    host,
    port,
    path,
    servername: hostName,
    agent,
    headers: {
      accept: '*/*',
      ...(hostName !== undefined && { host: `${hostName}:${port}` }),
      ...(cookie !== undefined && { cookie }),
    },
    signal: AbortSignal.timeout(timeoutMs),
  });
  // An error after the response began is emitted by the response.
  sent.on('error', () => undefined);
  sent.end();
  const [response] = await once(sent, 'response');
  return response;
}

function memberOf({ headers }: IncomingMessage): Pick<Answer, 'track' | 'member' | 'version'> {
  const track = tracks.find((name) => name === headers['x-perch-track']);
  const member = headers['x-perch-member'];
  const version = headers['x-perch-version'];
  return {
    ...(track !== undefined && { track }),
    ...(typeof member === 'string' && { member }),
    ...(typeof version === 'string' && { version }),
  };
}

function causeOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'AbortError' || error.name === 'TimeoutError') {
    return `no response within ${timeoutMs} ms`;
  }
  return 'code' in error ? String(error.code) : error.message;
}
