import { once } from 'node:events';
import { request, type Agent, type IncomingMessage } from 'node:http';
import { tracks, type Track } from '../../runtime/contract/names.ts';
import type { VirtualUser } from './virtual-user.ts';

/** One sort of request that visitors make. */
export interface RequestKind {
  readonly path: string;
  /** On a connection of its own, which ends with it. */
  readonly newConnection?: boolean;
}

/** What became of one request. */
export interface Answer {
  /** When the request was due, milliseconds since the epoch. */
  readonly dueAt: number;
  /** From then to the last byte. */
  readonly durationMs: number;
  readonly kind: RequestKind;
  readonly status?: number;
  /** Who answered, as the answer says. */
  readonly track?: Track;
  readonly member?: string;
  readonly version?: string;
  /** Why it counts as failed; undefined: a whole answer with status 200. */
  readonly failure?: string;
}

export interface ExchangeOptions {
  readonly host: string;
  readonly port: number;
  readonly kind: RequestKind;
  readonly visitor: VirtualUser;
  /** Keeps connections. */
  readonly agent: Agent;
  /** When the request was due, by performance.now(). */
  readonly due: number;
}

/** Longer than anything that a member does on purpose. */
const timeoutMs = 20_000;

/** Sends one request and reads its whole answer. Never rejects; never repeats a request. */
export async function exchange(options: ExchangeOptions): Promise<Answer> {
  const { kind, due, visitor } = options;
  const dueAt = performance.timeOrigin + due;
  try {
    const response = await send(options);
    response.resume();
    await once(response, 'end');
    const status = response.statusCode ?? 0;
    visitor.remember(response.headers['set-cookie']);
    return {
      dueAt,
      durationMs: performance.now() - due,
      kind,
      status,
      ...answererOf(response),
      ...(status !== 200 && { failure: `status ${status}` }),
    };
  } catch (error) {
    return { dueAt, durationMs: performance.now() - due, kind, failure: causeOf(error) };
  }
}

async function send(options: ExchangeOptions): Promise<IncomingMessage> {
  const { host, port, kind, visitor, agent } = options;
  const { newConnection = false, path } = kind;
  const cookie = visitor.cookie;
  const sent = request({
    host,
    port,
    path,
    agent: newConnection ? false : agent,
    headers: { accept: '*/*', ...(cookie !== undefined && { cookie }) },
    signal: AbortSignal.timeout(timeoutMs),
  });
  // What comes after the answer began is the answer's error.
  sent.on('error', () => undefined);
  sent.end();
  const [response] = await once(sent, 'response');
  return response;
}

function answererOf({ headers }: IncomingMessage): Pick<Answer, 'track' | 'member' | 'version'> {
  const track = tracks.find((name) => name === headers['x-perch-track']);
  const member = headers['x-perch-member'];
  const version = headers['x-perch-version'];
  return {
    ...(track !== undefined && { track }),
    ...(typeof member === 'string' && { member }),
    ...(typeof version === 'string' && { version }),
  };
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'AbortError' || error.name === 'TimeoutError') {
    return `no answer in ${timeoutMs} ms`;
  }
  return 'code' in error ? String(error.code) : error.message;
}
