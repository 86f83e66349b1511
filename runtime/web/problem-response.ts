import type { Context } from 'hono';
import type { InputProblem } from '../contract/perch-error.ts';
import { inputProblemsText } from '../core/input/input.ts';

/** Titles of the statuses in use (RFC 9110, section 15; 429 of RFC 6585, 507 of RFC 4918). */
const titles = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  421: 'Misdirected Request',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  507: 'Insufficient Storage',
} as const;

/**
 * Response with a problem document (RFC 9457). It has no `type`, which means `about:blank`: the
 * title is that of the status.
 * @param detail - what is wrong in this case, for people.
 * @param extensions - further members of the document.
 */
export function problem(
  c: Context,
  status: keyof typeof titles,
  detail: string,
  extensions: Readonly<Record<string, unknown>> = {},
): Response {
  const document = { title: titles[status], status, detail, ...extensions };
  return c.body(JSON.stringify(document), status, { 'content-type': 'application/problem+json' });
}

/** Response 400 that names every input problem. */
export function badRequest(c: Context, problems: readonly InputProblem[]): Response {
  return problem(c, 400, inputProblemsText(problems), { problems });
}

/** Response 429 that asks the client to retry after one second. */
export function tooManyRequests(c: Context, detail: string): Response {
  c.header('Retry-After', '1');
  return problem(c, 429, detail);
}
