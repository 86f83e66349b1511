import { request, type Agent, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

export interface EngineTarget {
  /** Path of the engine's Unix socket. */
  readonly socketPath: string;
  readonly agent: Agent;
  /** Time limit of one call, milliseconds. */
  readonly timeoutMs: number;
}

export interface EngineCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Path with its query. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** Refusal by the Docker engine. The message is the engine's own. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(`the Docker engine answered ${status}: ${message}`);
    this.status = status;
  }
}

const refusal = z.object({ message: z.string() });

/**
 * Asks the engine at a Unix socket.
 * @returns the body of the answer.
 * @throws EngineError for a status of 400 or more; the system's error for an engine that does not
 * answer in time.
 */
export async function callEngine(
  { socketPath, agent, timeoutMs }: EngineTarget,
  { method, path, body }: EngineCall,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const content = body === undefined ? '' : JSON.stringify(body);
  const headers = {
    'content-length': Buffer.byteLength(content),
    ...(body !== undefined && { 'content-type': 'application/json' }),
  };
  const signal = AbortSignal.timeout(timeoutMs);
  request({ socketPath, method, path, headers, signal, agent }, resolve)
    .once('error', reject)
    .end(content);
  const response = await promise;
  const answer = await text(response);
  const { statusCode: status = 0 } = response;
  if (status < 400) return answer;
  throw new EngineError(status, messageOf(answer));
}

function messageOf(answer: string): string {
  try {
    return refusal.parse(JSON.parse(answer)).message;
  } catch {
    // Something before the engine may answer in another way.
    return answer.trim();
  }
}
