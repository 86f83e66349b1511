import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** An error as a document (RFC 9457). */
export function problem(
  c: Context,
  status: ContentfulStatusCode,
  title: string,
  detail: string,
): Response {
  return c.body(JSON.stringify({ title, status, detail }), status, {
    'content-type': 'application/problem+json',
  });
}
