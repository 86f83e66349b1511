import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import {
  acmeProblemSchema,
  failureOf,
  retryAfterMs,
  type OrderFailure,
} from '../../core/edge/order-failure.ts';
import { readStored } from '../../store/redis/stored-values.ts';

/** Time for one response of an authority, milliseconds. */
const responseTimeoutMs = 30_000;
/** Every request must name its client (RFC 8555 section 6.1). */
const userAgent = { 'user-agent': 'perch' };
/** Largest response that is read, bytes. */
const mostBytes = 1_048_576;

/** Error that carries an {@link OrderFailure}. */
export class OrderError extends Error {
  readonly failure: OrderFailure;

  constructor(failure: OrderFailure) {
    super(failure.text);
    this.name = 'OrderError';
    this.failure = failure;
  }
}

export interface AuthorityRequest {
  readonly url: string;
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** PEM that the https certificate is checked with. Default: the authorities of Node.js. */
  readonly caCertificate?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface AuthorityResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/**
 * Sends one request to an authority.
 * @throws OrderError `unreachable` if there is no answer of at most 1 MiB within 30 s.
 */
export async function askAuthority(options: AuthorityRequest): Promise<AuthorityResponse> {
  const { url, method, body, caCertificate: ca, signal } = options;
  const headers = { ...userAgent, ...options.headers };
  const { protocol, host } = new URL(url);
  const send = protocol === 'http:' ? httpRequest : httpsRequest;
  const limit = AbortSignal.timeout(responseTimeoutMs);
  const { promise, resolve, reject } = Promise.withResolvers<AuthorityResponse>();
  const either = signal === undefined ? limit : AbortSignal.any([limit, signal]);
  const sent = send(url, { method, headers, signal: either, agent: false, ...(ca && { ca }) });
  sent.on('error', reject);
  sent.on('response', (response) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > mostBytes) response.destroy(new Error('the answer is larger than 1 MiB'));
      else chunks.push(chunk);
    });
    response.on('error', reject);
    response.on('end', () => {
      const { statusCode: status = 0, headers } = response;
      resolve({ status, headers, body: Buffer.concat(chunks).toString() });
    });
  });
  sent.end(body);
  try {
    return await promise;
  } catch (error) {
    const reason = limit.aborted ? `no answer in ${responseTimeoutMs / 1_000} s` : reasonOf(error);
    throw new OrderError({ kind: 'unreachable', text: `${host}: ${reason}` });
  }
}

/** Failure that a response of an authority names; undefined for a success. */
export function failureIn(response: AuthorityResponse, nowMs: number): OrderFailure | undefined {
  const { status, headers, body } = response;
  if (status < 400) return undefined;
  const problem = readStored(acmeProblemSchema, body) ?? acmeProblemSchema.parse({});
  return failureOf(problem, { status, retryAfterMs: retryAfterMs(headers['retry-after'], nowMs) });
}

/** An attempt at several addresses has a message for each, and none itself. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
