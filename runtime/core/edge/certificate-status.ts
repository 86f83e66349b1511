import { z } from 'zod';
import { orderFailureSchema } from './order-failure.ts';
import { concernsAllHosts, orderPauseMs } from './order-retry.ts';
import {
  pauseAfterAnswerMs,
  pauseAfterFailureMs,
  renewalMs,
  renewalWindowSchema,
  type RenewalAnswer,
} from './renewal-info.ts';
import type { Lifetime } from './certificate-lifetime.ts';

const failureInDnsSchema = orderFailureSchema.extend({
  /** Addresses that DNS had for the host name, or why it had none; absent if nobody looked. */
  found: z.string().optional(),
  /** Addresses that DNS should have; absent if nobody said. */
  expected: z.string().optional(),
});

/** Failed order, with what DNS had for its host. */
export type FailureInDns = z.infer<typeof failureInDnsSchema>;

const lastFailureSchema = failureInDnsSchema.extend({
  /** Milliseconds since the epoch. */
  atMs: z.number(),
});

/** State of the ACME certificate of one host name, as the orderer stores it for monitors. */
export const certificateStatusSchema = z.object({
  host: z.string(),
  /** End of the certificate that proxies present, milliseconds since the epoch; absent: none. */
  notAfterMs: z.number().optional(),
  notBeforeMs: z.number().optional(),
  /** Failed orders in a row. */
  failures: z.int().min(0).default(0),
  lastFailure: lastFailureSchema.optional(),
  /** Reason for which a due order has not begun for long; absent if there is none. */
  waiting: z.string().optional(),
  /** Time of the last certificate, milliseconds since the epoch. */
  orderedMs: z.number().optional(),
  /** Time of the next order, milliseconds since the epoch. */
  nextOrderMs: z.number(),
  /** Window of the authority, and the certificate that it is for. */
  renewal: z
    .object({
      certificateId: z.string(),
      window: renewalWindowSchema.optional(),
      /** Questions in a row without a valid answer. */
      failures: z.int().min(0).default(0),
      nextQuestionMs: z.number(),
    })
    .optional(),
});

export type CertificateStatus = z.infer<typeof certificateStatusSchema>;

const dayMs = 86_400_000;
/**
 * Least share of its lifetime, and at most a day, before a new certificate is renewed: if the clock of
 * Redis is wrong by months, each new one is due at once.
 */
const leastShare = 1 / 8;

/** Certificate that proxies present for a host, as far as the orderer needs it. */
export interface PresentedCertificate extends Lifetime {
  /** Name of the certificate by its authority key and serial number (RFC 9773 section 4.1). */
  readonly id: string;
}

/** Status of a host before its first order: due at once. */
export function firstStatus(host: string): CertificateStatus {
  return { host, failures: 0, nextOrderMs: 0 };
}

/**
 * Returns the status with the certificate as it is now, and with the time of the next order. A pause
 * after a failed order is never shortened.
 */
export function withCertificate(
  status: CertificateStatus,
  certificate: PresentedCertificate | undefined,
): CertificateStatus {
  const { notAfterMs: _after, notBeforeMs: _before, waiting: _waiting, ...rest } = status;
  if (certificate === undefined) {
    return { ...rest, nextOrderMs: status.failures > 0 ? status.nextOrderMs : 0 };
  }
  const { id, notBeforeMs, notAfterMs } = certificate;
  const renewal = status.renewal?.certificateId === id ? status.renewal : undefined;
  const dueMs = renewalMs({ id, notBeforeMs, notAfterMs, window: renewal?.window });
  const pausedMs = status.failures > 0 ? status.nextOrderMs : 0;
  const leastMs = Math.min(dayMs, (notAfterMs - notBeforeMs) * leastShare);
  const earliestMs = (status.orderedMs ?? Number.NEGATIVE_INFINITY) + leastMs;
  return {
    ...rest,
    renewal: renewal ?? { certificateId: id, failures: 0, nextQuestionMs: 0 },
    notBeforeMs,
    notAfterMs,
    nextOrderMs: Math.max(dueMs, pausedMs, earliestMs),
  };
}

/** Returns the status after an order that failed. */
export function afterFailure(
  status: CertificateStatus,
  failure: FailureInDns,
  nowMs: number,
): CertificateStatus {
  const { host } = status;
  const failures = status.failures + 1;
  return {
    ...status,
    failures,
    lastFailure: { ...failure, atMs: nowMs },
    nextOrderMs: nowMs + orderPauseMs({ host, failures, failure }),
  };
}

/** Least pause before an order that follows a change of DNS: no hour sees more than 3 of a host. */
const afterDnsMs = 20 * 60_000;
/** Least pause if nobody said which addresses are expected, because some names change theirs. */
const afterUnknownDnsMs = 60 * 60_000;

/** Hosts whose order waits although DNS, which was wrong, may have been mended. */
export function misdirected(
  statuses: readonly CertificateStatus[],
  nowMs: number,
): readonly CertificateStatus[] {
  return statuses.filter(
    ({ lastFailure, nextOrderMs }) => lastFailure?.found !== undefined && nextOrderMs > nowMs,
  );
}

/** Returns the status with an earlier order if DNS has other addresses than at the last one. */
export function afterDnsChange(status: CertificateStatus, found: string): CertificateStatus {
  const { lastFailure, nextOrderMs } = status;
  if (lastFailure?.found === undefined || found === lastFailure.found) return status;
  const { expected, atMs } = lastFailure;
  const known = expected?.split(', ');
  const isRight = known && found.split(', ').every((address) => known.includes(address));
  if (isRight === false) return status;
  const earliestMs = atMs + (isRight === true ? afterDnsMs : afterUnknownDnsMs);
  return { ...status, nextOrderMs: Math.min(nextOrderMs, earliestMs) };
}

/** Returns the status after an order whose certificate the proxies now have. */
export function afterSuccess(
  { host }: CertificateStatus,
  certificate: PresentedCertificate,
  nowMs: number,
): CertificateStatus {
  return withCertificate({ ...firstStatus(host), orderedMs: nowMs }, certificate);
}

/**
 * Pause of all other hosts after an order that a rate limit refused. The limit may be one of the
 * account: without a pause, each of a hundred hosts would be refused within minutes.
 */
const afterRateLimitMs = 5 * 60_000;

/**
 * Host whose order is due: first one without a certificate, then the one whose certificate ends first;
 * hosts whose orders failed come last, so that they hold up nobody. Undefined if none is due, or if the
 * last order failed for a reason that concerns every host, or may, and its pause is not over.
 */
export function nextDue(
  statuses: readonly CertificateStatus[],
  nowMs: number,
): CertificateStatus | undefined {
  if (statuses.some((status) => pausesAllMs(status) > nowMs)) return undefined;
  const due = statuses.filter(({ nextOrderMs }) => nextOrderMs <= nowMs);
  return due.toSorted(
    (a, b) => a.failures - b.failures || (a.notAfterMs ?? 0) - (b.notAfterMs ?? 0),
  )[0];
}

/** Time until which a failed order makes all hosts wait, milliseconds since the epoch. */
function pausesAllMs({ lastFailure, nextOrderMs }: CertificateStatus): number {
  if (lastFailure === undefined) return 0;
  if (concernsAllHosts(lastFailure)) return nextOrderMs;
  return lastFailure.kind === 'rate-limited' ? lastFailure.atMs + afterRateLimitMs : 0;
}

/** Pause of all questions after one that had no valid answer, milliseconds. */
const afterNoAnswerMs = 60_000;

/**
 * Host whose certificate the authority is to be asked about; undefined if none is due, or if a question
 * had no valid answer a moment ago. An authority that lets each of a hundred questions wait must not
 * hold up the orders for as long.
 */
export function nextQuestion(
  statuses: readonly CertificateStatus[],
  nowMs: number,
): CertificateStatus | undefined {
  const pausesAll = statuses.some(({ renewal }) => {
    if (renewal === undefined || renewal.failures === 0) return false;
    const failedMs = renewal.nextQuestionMs - pauseAfterFailureMs(renewal.failures);
    return nowMs < failedMs + afterNoAnswerMs;
  });
  if (pausesAll) return undefined;
  return statuses.find(({ renewal }) => renewal !== undefined && renewal.nextQuestionMs <= nowMs);
}

/** Returns the status after the authority was asked when to renew. A failure keeps the last window. */
export function afterRenewalAnswer(
  status: CertificateStatus,
  answer: RenewalAnswer,
  nowMs: number,
): CertificateStatus {
  const { renewal } = status;
  if (renewal === undefined) return status;
  if (answer.kind === 'answered') {
    const { window, retryAfterMs } = answer;
    const nextQuestionMs = nowMs + pauseAfterAnswerMs(retryAfterMs);
    return { ...status, renewal: { ...renewal, window, failures: 0, nextQuestionMs } };
  }
  const failures = answer.kind === 'failed' ? renewal.failures + 1 : 0;
  const pauseMs =
    answer.kind === 'failed' ? pauseAfterFailureMs(failures) : pauseAfterAnswerMs(undefined);
  return { ...status, renewal: { ...renewal, failures, nextQuestionMs: nowMs + pauseMs } };
}
