import { expect, test } from 'vitest';
import {
  acmeProblemSchema,
  failureOf,
  isLostAccount,
  retryAfterMs,
} from '../../../runtime/core/edge/order-failure.ts';

const urn = 'urn:ietf:params:acme:error:';
const problem = (type: string, detail?: string) =>
  acmeProblemSchema.parse({ type: `${urn}${type}`, detail });

test('an error type of the authority gives the kind of the failure, with its words', () => {
  expect(
    failureOf(problem('rateLimited', 'too many certificates (5) already issued.'), {
      status: 429,
      retryAfterMs: 5_000,
    }),
  ).toEqual({
    kind: 'rate-limited',
    type: 'rateLimited',
    text: 'too many certificates (5) already issued',
    retryAfterMs: 5_000,
  });
  expect(failureOf(problem('rejectedIdentifier'), { status: 400 }).kind).toBe('refused');
  expect(failureOf(problem('serverInternal'), { status: 500 }).kind).toBe('unreachable');
  expect(failureOf(problem('externalAccountRequired'), { status: 403 }).kind).toBe('account');
  expect(failureOf(acmeProblemSchema.parse({}), { status: 503 })).toEqual({
    kind: 'unreachable',
    text: 'status 503',
  });
});

test('the same type means the host in a challenge, and the account elsewhere', () => {
  const unauthorized = problem('unauthorized', 'no');
  expect(failureOf(unauthorized, { isValidation: true }).kind).toBe('validation');
  expect(failureOf(unauthorized, { status: 403 }).kind).toBe('refused');
});

test('the words are one line of bounded length, whatever the authority sends', () => {
  const { text } = failureOf(problem('malformed', `a\n\u001b[31mb\u202e ${'x'.repeat(2_000)}`));
  expect(text).toMatch(/^a \[31mb x+…$/);
  expect(text.length).toBeLessThan(510);
});

test('subproblems are named too', () => {
  const { text } = failureOf(
    acmeProblemSchema.parse({ detail: 'some are bad', subproblems: [{ detail: 'a.test' }, {}] }),
  );
  expect(text).toBe('some are bad; a.test');
});

test('Retry-After is seconds or a date', () => {
  const nowMs = Date.UTC(2026, 0, 1);
  expect(retryAfterMs('120', nowMs)).toBe(120_000);
  expect(retryAfterMs('Thu, 01 Jan 2026 01:00:00 GMT', nowMs)).toBe(3_600_000);
  expect(retryAfterMs('Wed, 31 Dec 2025 01:00:00 GMT', nowMs)).toBe(0);
  expect(retryAfterMs('soon', nowMs)).toBeUndefined();
  expect(retryAfterMs(undefined, nowMs)).toBeUndefined();
});

test('an account is lost if the authority refuses it, and not if it refuses an order of it', () => {
  expect(isLostAccount({ kind: 'account', type: 'unauthorized' })).toBe(true);
  expect(isLostAccount({ kind: 'account', type: 'accountDoesNotExist' })).toBe(true);
  expect(isLostAccount({ kind: 'account', type: 'userActionRequired' })).toBe(false);
  expect(isLostAccount({ kind: 'account' })).toBe(false);
  expect(isLostAccount({ kind: 'refused', type: 'unauthorized' })).toBe(false);
});
