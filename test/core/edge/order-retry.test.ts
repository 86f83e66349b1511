import fc from 'fast-check';
import { expect, test } from 'vitest';
import { orderFailureKinds, type OrderFailure } from '../../../runtime/core/edge/order-failure.ts';
import { nextAccountMs, orderPauseMs } from '../../../runtime/core/edge/order-retry.ts';
import {
  afterDnsChange,
  afterFailure,
  afterRenewalAnswer,
  afterSuccess,
  firstStatus,
  misdirected,
  nextDue,
  nextQuestion,
  withCertificate,
  type CertificateStatus,
} from '../../../runtime/core/edge/certificate-status.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

function failure(kind: OrderFailure['kind'], retryAfterMs?: number): OrderFailure {
  return { kind, text: 'no', ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

/** Statuses of a host all of whose orders fail at once, by the time of each order. */
function failedOrders(kind: OrderFailure['kind'], host: string, count: number): number[] {
  let status = firstStatus(host);
  return Array.from({ length: count }, () => {
    const atMs = status.nextOrderMs;
    status = afterFailure(status, failure(kind), atMs);
    return atMs;
  });
}

test('no hour sees more than three orders of a host that the authority refuses', () => {
  fc.assert(
    fc.property(fc.constantFrom('validation', 'refused', 'account'), fc.string(), (kind, host) => {
      const times = failedOrders(kind, host, 12);
      for (const from of times) {
        expect(times.filter((at) => at >= from && at < from + hourMs).length).toBeLessThanOrEqual(
          3,
        );
      }
    }),
  );
});

test('the pause grows to hours and no further', () => {
  const lastPauses = orderFailureKinds.map((kind) => {
    const [before = 0, last = 0] = failedOrders(kind, 'shop.test', 30).slice(-2);
    return [kind, Math.round((last - before) / hourMs)];
  });
  expect(Object.fromEntries(lastPauses)).toEqual({
    unreachable: 1,
    own: 1,
    'rate-limited': expect.toSatisfy((hours: number) => hours >= 24 && hours <= 27),
    validation: expect.toSatisfy((hours: number) => hours >= 12 && hours <= 14),
    account: expect.toSatisfy((hours: number) => hours >= 12 && hours <= 14),
    refused: expect.toSatisfy((hours: number) => hours >= 12 && hours <= 14),
  });
});

test('the pause is never shorter than the authority asks, up to a week', () => {
  const pause = (retryAfterMs: number) =>
    orderPauseMs({
      host: 'shop.test',
      failures: 1,
      failure: { kind: 'rate-limited', retryAfterMs },
    });
  expect(pause(2 * dayMs)).toBeGreaterThanOrEqual(2 * dayMs);
  expect(pause(2 * dayMs)).toBeLessThan(3 * dayMs);
  expect(pause(400 * dayMs)).toBeLessThan(8 * dayMs);
});

test('a host that fails comes last, and does not stop the others', () => {
  const bad = afterFailure(firstStatus('bad.test'), failure('validation'), 0);
  const good = firstStatus('good.test');
  const lateMs = bad.nextOrderMs;
  expect(nextDue([bad, good], 1)?.host).toBe('good.test');
  expect(nextDue([bad], 1)).toBeUndefined();
  expect(nextDue([bad, good], lateMs)?.host).toBe('good.test');
  expect(nextDue([bad], lateMs)?.host).toBe('bad.test');
});

test('an authority that does not answer is left in peace for all hosts', () => {
  const first = afterFailure(firstStatus('a.test'), failure('unreachable'), 0);
  expect(nextDue([first, firstStatus('b.test')], 1)).toBeUndefined();
  expect(nextDue([first, firstStatus('b.test')], first.nextOrderMs)?.host).toBe('b.test');
});

test('after a rate limit, which may be one of the account, other hosts wait for a moment', () => {
  const weekMs = 7 * dayMs;
  const limited = afterFailure(firstStatus('a.test'), failure('rate-limited', weekMs), 0);
  const other = firstStatus('b.test');
  expect(nextDue([limited, other], 4 * 60_000)).toBeUndefined();
  expect(nextDue([limited, other], 5 * 60_000)?.host).toBe('b.test');
});

test('questions that get no valid answer leave time for orders', () => {
  const minuteMs = 60_000;
  const nowMs = dayMs;
  const certified = (host: string) =>
    withCertificate(firstStatus(host), { id: host, notBeforeMs: 0, notAfterMs: 90 * dayMs });
  const answer = { kind: 'failed', reason: 'no answer' } as const;
  const failed = afterRenewalAnswer(certified('a.test'), answer, nowMs);
  const statuses = [failed, certified('b.test'), certified('c.test')];
  expect(nextQuestion(statuses, nowMs + 1)).toBeUndefined();
  expect(nextQuestion(statuses.slice(1), nowMs + 1)?.host).toBe('b.test');
  expect(nextQuestion(statuses, nowMs + minuteMs)?.host).toBe('a.test');
  const again = afterRenewalAnswer(failed, answer, nowMs + minuteMs);
  expect(nextQuestion([again, ...statuses.slice(1)], nowMs + 2 * minuteMs)?.host).toBe('b.test');
});

test('a certificate whose renewal is due first goes first', () => {
  const status = (host: string, notAfterMs: number): CertificateStatus =>
    withCertificate(firstStatus(host), { id: host, notBeforeMs: 0, notAfterMs });
  const late = status('late.test', 90 * dayMs);
  const soon = status('soon.test', 80 * dayMs);
  expect(nextDue([late, soon], 85 * dayMs)?.host).toBe('soon.test');
  expect(nextDue([late, soon], 10 * dayMs)).toBeUndefined();
});

test('a failed renewal keeps the pause, and a new certificate ends it', () => {
  const certificate = { id: 'one', notBeforeMs: 0, notAfterMs: 90 * dayMs };
  const nowMs = 70 * dayMs;
  const failed = afterFailure(
    withCertificate(firstStatus('shop.test'), certificate),
    failure('refused'),
    nowMs,
  );
  expect(withCertificate(failed, certificate).nextOrderMs).toBe(failed.nextOrderMs);
  const renewed = { id: 'two', notBeforeMs: nowMs, notAfterMs: nowMs + 90 * dayMs };
  const after = afterSuccess(failed, renewed, nowMs);
  expect(after).toMatchObject({ failures: 0, notAfterMs: renewed.notAfterMs });
  expect(after.lastFailure).toBeUndefined();
  expect(after.nextOrderMs).toBeGreaterThan(nowMs + 50 * dayMs);
});

test('a host whose DNS was mended is ordered for sooner, and still at most three times an hour', () => {
  const wrong = { ...failure('validation'), found: '203.0.113.9', expected: '198.51.100.4' };
  let status = firstStatus('shop.test');
  for (let count = 0; count < 6; count += 1) {
    status = afterFailure(status, wrong, status.nextOrderMs);
  }
  const atMs = status.lastFailure?.atMs ?? 0;
  expect(misdirected([status], atMs + 1)).toEqual([status]);
  expect(afterDnsChange(status, '203.0.113.9')).toEqual(status);
  expect(afterDnsChange(status, '203.0.113.10')).toEqual(status);
  expect(afterDnsChange(status, '198.51.100.4').nextOrderMs).toBe(atMs + hourMs / 3);
  const { expected: _unknown, ...unsaid } = wrong;
  const other = afterFailure(status, unsaid, atMs);
  expect(afterDnsChange(other, '203.0.113.10').nextOrderMs).toBe(atMs + hourMs);
  expect(misdirected([firstStatus('new.test')], 0)).toEqual([]);
});

test('a new certificate that is due at once, because a clock is wrong, is not ordered again at once', () => {
  const nowMs = 1_000 * dayMs;
  const certificate = { id: 'one', notBeforeMs: 0, notAfterMs: 90 * dayMs };
  const { nextOrderMs } = afterSuccess(firstStatus('shop.test'), certificate, nowMs);
  expect(nextOrderMs).toBe(nowMs + dayMs);
});

test('an account that replaced a refused one is replaced a day later at the earliest', () => {
  expect(nextAccountMs(undefined)).toBe(0);
  expect(nextAccountMs(5)).toBe(5 + dayMs);
});
