import { createHash } from 'node:crypto';
import { ErrorCode } from '@openfeature/server-sdk';
import { Hono, type Context, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Logger } from 'pino';
import { parseEvaluationRequest, type ParsedRequest } from './evaluation-request.ts';
import { evaluationResponse } from './evaluation-response.ts';
import type { ServedFlags } from './served-flags.ts';

export interface FlagsServerParts {
  readonly flags: Pick<ServedFlags, 'isReady' | 'keys' | 'evaluate'>;
  readonly logger: Logger;
  /** Requests that are read and answered at a time; further ones get 429. Default 256. */
  readonly maxRequests?: number;
}

const bulkPath = '/ofrep/v1/evaluate/flags';
const singlePath = `${bulkPath}/:key`;

/** Largest body of a request, bytes: that of a flag's definition. */
const maxBodyBytes = 65_536;

/**
 * Creates a server of OpenFeature's Remote Evaluation Protocol (OFREP 0.3.0):
 * - `POST /ofrep/v1/evaluate/flags/{key}`: 200; 404 for an unknown flag; 400 for a bad request or flag.
 * - `POST /ofrep/v1/evaluate/flags`: 200 with all flags and an ETag; 304 if it is that of If-None-Match.
 * - Both: 500 with `PROVIDER_NOT_READY` before the first flags; 429 with too many requests at a time.
 * - `GET /healthz`: 200. `GET /readyz`: 200 once there are flags, else 503.
 */
export function createFlagsServer({ flags, logger, maxRequests = 256 }: FlagsServerParts): Hono {
  const app = new Hono();
  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.get('/readyz', (c) =>
    flags.isReady ? c.json({ status: 'ok' }) : c.json({ status: 'no flags yet' }, 503),
  );
  const bounded = boundedRequests(maxRequests);
  app.post(singlePath, bounded, boundedBody, (c) => single(c, c.req.param('key'), flags));
  app.post(bulkPath, bounded, boundedBody, (c) => bulk(c, flags));
  for (const path of [singlePath, bulkPath]) app.all(path, methodNotAllowed);
  app.notFound((c) => c.json({ errorDetails: 'nothing is at this path' }, 404));
  app.onError((error, c) => {
    logger.error({ err: error, path: c.req.path }, 'a request failed');
    return c.json({ errorDetails: 'internal error; it was logged' }, 500);
  });
  return app;
}

async function single(
  c: Context,
  key: string,
  flags: FlagsServerParts['flags'],
): Promise<Response> {
  const request = parseEvaluationRequest(await c.req.text());
  if (!request.ok) return badRequest(c, key, request);
  const { status, body } = evaluationResponse(key, flags.evaluate(key, request.context));
  return c.json(body, status);
}

async function bulk(c: Context, flags: FlagsServerParts['flags']): Promise<Response> {
  const request = parseEvaluationRequest(await c.req.text());
  if (!request.ok) return badRequest(c, undefined, request);
  if (!flags.isReady) {
    const errorDetails = 'no flags have been read yet';
    return c.json({ errorCode: ErrorCode.PROVIDER_NOT_READY, errorDetails }, 500);
  }
  const all = flags
    .keys()
    .map((key) => evaluationResponse(key, flags.evaluate(key, request.context)).body);
  const text = JSON.stringify({ flags: all });
  // The values depend on the context, and so does the tag.
  const etag = `"${createHash('sha256').update(text).digest('base64url')}"`;
  c.header('etag', etag);
  if (isMatch(c.req.header('if-none-match'), etag)) return c.body(null, 304);
  return c.body(text, 200, { 'content-type': 'application/json' });
}

/** True if the field names the tag (RFC 9110, section 13.1.2: the weak comparison). */
function isMatch(field: string | undefined, etag: string): boolean {
  if (field === undefined) return false;
  const tags = field.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}

function badRequest(
  c: Context,
  key: string | undefined,
  { errorCode, errorDetails }: Omit<Extract<ParsedRequest, { ok: false }>, 'ok'>,
): Response {
  return c.json({ ...(key !== undefined && { key, metadata: {} }), errorCode, errorDetails }, 400);
}

/** The protocol has no 413, and its clients show their callers only the details of a 400. */
const boundedBody = bodyLimit({
  maxSize: maxBodyBytes,
  onError: (c) => {
    // The rest of the body is not read.
    c.header('connection', 'close');
    const errorDetails = `body must be at most ${maxBodyBytes} bytes`;
    return badRequest(c, c.req.param('key'), {
      errorCode: ErrorCode.INVALID_CONTEXT,
      errorDetails,
    });
  },
});

/** Bounds what bodies on their way may occupy. */
function boundedRequests(most: number): MiddlewareHandler {
  let running = 0;
  return async (c, next) => {
    if (running >= most) {
      c.header('retry-after', '1');
      return c.json({ errorDetails: `at most ${most} requests at a time` }, 429);
    }
    running += 1;
    try {
      await next();
    } finally {
      running -= 1;
    }
    return undefined;
  };
}

function methodNotAllowed(c: Context): Response {
  c.header('allow', 'POST');
  return c.json({ errorDetails: 'method must be POST' }, 405);
}
