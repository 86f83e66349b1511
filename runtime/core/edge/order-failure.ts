import { z } from 'zod';

/**
 * Kind of a failed order.
 * - `unreachable`: the authority did not answer, or answered 5xx.
 * - `rate-limited`: it named a rate limit (RFC 8555 section 6.6).
 * - `validation`: it did not find this service's answer at the host name, so DNS or the way to port 80
 *   is wrong.
 * - `account`: it refused the account, so every order would fail.
 * - `refused`: it refused the order for another reason.
 * - `own`: nothing was asked of it, or its answer was of no use to Perch.
 */
export const orderFailureKinds = [
  'unreachable',
  'rate-limited',
  'validation',
  'account',
  'refused',
  'own',
] as const;

export const orderFailureSchema = z.object({
  kind: z.enum(orderFailureKinds),
  /** The authority's own words, or Perch's if it said nothing; without the full stop. */
  text: z.string(),
  /** Error type without its URN, such as `rateLimited` (RFC 8555 section 6.7). */
  type: z.string().optional(),
  /** Pause that the authority asks for, milliseconds. */
  retryAfterMs: z.number().min(0).optional(),
});

export type OrderFailure = z.infer<typeof orderFailureSchema>;

/**
 * True if the authority refuses the account itself, which was deactivated there (RFC 8555 section 7.3.6)
 * or which it does not know: no order by this account will ever succeed.
 */
export function isLostAccount({ kind, type }: Pick<OrderFailure, 'kind' | 'type'>): boolean {
  return kind === 'account' && lostAccountTypes.includes(type ?? '');
}

/** Types of problems by which an authority refuses an account itself. */
export const lostAccountTypes: readonly string[] = ['unauthorized', 'accountDoesNotExist'];

/** Problem document of an authority (RFC 7807, RFC 8555 section 6.7). */
export const acmeProblemSchema = z.object({
  type: z.string().default('about:blank'),
  detail: z.string().optional(),
  subproblems: z.array(z.object({ detail: z.string().optional() })).default([]),
});

export type AcmeProblem = z.infer<typeof acmeProblemSchema>;

const urn = 'urn:ietf:params:acme:error:';
const longestText = 500;

const kindsByType: Readonly<Record<string, OrderFailure['kind']>> = {
  rateLimited: 'rate-limited',
  serverInternal: 'unreachable',
  dns: 'validation',
  connection: 'validation',
  unauthorized: 'validation',
  incorrectResponse: 'validation',
  tls: 'validation',
  accountDoesNotExist: 'account',
  externalAccountRequired: 'account',
  invalidContact: 'account',
  unsupportedContact: 'account',
  userActionRequired: 'account',
};

export interface ProblemPlace {
  /** Status of the response; undefined for the problem of a challenge or an order. */
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
  /** True for the problem of a challenge: the authority looked at the host. */
  readonly isValidation?: boolean;
}

/** Converts a problem of the authority to a failure with its words. */
export function failureOf(problem: AcmeProblem, place: ProblemPlace = {}): OrderFailure {
  const { status, retryAfterMs, isValidation = false } = place;
  const type = problem.type.startsWith(urn) ? problem.type.slice(urn.length) : problem.type;
  const texts = [problem.detail, ...problem.subproblems.map(({ detail }) => detail)];
  const text = texts.filter((one) => one !== undefined && one !== '').join('; ');
  return {
    kind: kindOf(type, { status, isValidation }),
    text: plain(text === '' ? statusText(status, type) : text),
    ...(type !== 'about:blank' && { type }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

function kindOf(
  type: string,
  { status, isValidation }: Pick<ProblemPlace, 'status' | 'isValidation'>,
): OrderFailure['kind'] {
  if (status === 429) return 'rate-limited';
  const known = kindsByType[type];
  // Outside a challenge, `unauthorized` means that the account may not do this.
  if (known === 'validation' && isValidation !== true) return 'refused';
  if (known !== undefined) return known;
  if (status !== undefined && status >= 500) return 'unreachable';
  return isValidation === true ? 'validation' : 'refused';
}

function statusText(status: number | undefined, type: string): string {
  return status === undefined ? `the problem ${type}` : `status ${status}`;
}

/** One line of visible characters, because the text goes to logs, emails and terminals. */
function plain(text: string): string {
  const line = text
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .replace(/\.$/, '');
  return line.length <= longestText ? line : `${line.slice(0, longestText)}…`;
}

/**
 * Reads Retry-After: seconds or a date (RFC 9110 section 10.2.3). Undefined if it is neither.
 * @param nowMs milliseconds since the epoch.
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1_000;
  const dateMs = Date.parse(header);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}
