import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { inputProblemsText, type InputProblem } from '../core/input/input.ts';

/** An error as a document (RFC 9457); its type is `about:blank`, so the title is the status' own. */
export function problem(
  c: Context,
  status: ContentfulStatusCode,
  title: string,
  detail: string,
  fields: Readonly<Record<string, unknown>> = {},
): Response {
  return c.body(JSON.stringify({ title, status, detail, ...fields }), status, {
    'content-type': 'application/problem+json',
  });
}

export function badRequest(c: Context, problems: readonly InputProblem[]): Response {
  return problem(c, 400, 'Bad Request', inputProblemsText(problems), { problems });
}

export function tooManyRequests(c: Context, detail: string): Response {
  c.header('Retry-After', '1');
  return problem(c, 429, 'Too Many Requests', detail);
}
