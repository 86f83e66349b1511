import { fractionOf } from './certificate-lifetime.ts';
import type { OrderFailure } from './order-failure.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

interface Growth {
  readonly firstMs: number;
  readonly factor: number;
  readonly longestMs: number;
}

/**
 * Pauses after failed orders. Let's Encrypt allows 5 failed validations of a host name an hour and
 * account (https://letsencrypt.org/docs/rate-limits/). The fourth attempt follows the first one after
 * 65 minutes or more, so no hour sees more than 3.
 */
const asked: Growth = { firstMs: 5 * minuteMs, factor: 3, longestMs: 12 * hourMs };
/** An authority that does not answer counts nothing, but must not be hammered either. */
const notAnswered: Growth = { firstMs: minuteMs, factor: 2, longestMs: hourMs };
const limited: Growth = { firstMs: hourMs, factor: 2, longestMs: dayMs };

const growths: Readonly<Record<OrderFailure['kind'], Growth>> = {
  unreachable: notAnswered,
  own: notAnswered,
  'rate-limited': limited,
  validation: asked,
  account: asked,
  refused: asked,
};

/** Longest pause that an authority may ask for: a week, the longest window of public rate limits. */
const longestAskedMs = 7 * dayMs;
/** Part of the pause by which it may be longer, so that hosts and stacks do not retry all at once. */
const jitterShare = 0.1;

export interface FailedOrders {
  readonly host: string;
  /** Number of failed orders in a row, from 1. */
  readonly failures: number;
  readonly failure: Pick<OrderFailure, 'kind' | 'retryAfterMs'>;
}

/** Pause before the next order for a host, milliseconds. Never less than the authority asked for. */
export function orderPauseMs({ host, failures, failure }: FailedOrders): number {
  const { firstMs, factor, longestMs } = growths[failure.kind];
  const grownMs = Math.min(longestMs, firstMs * factor ** Math.min(failures - 1, 20));
  const jitter = 1 + jitterShare * fractionOf(`${host}|${failures}`);
  const askedMs = Math.min(longestAskedMs, failure.retryAfterMs ?? 0);
  return Math.ceil(Math.max(grownMs, askedMs) * jitter);
}

/**
 * Least time between two new accounts, milliseconds. An authority that refuses each one must not get one
 * with every order; Let's Encrypt allows 10 of an address in 3 hours.
 */
const accountEveryMs = dayMs;

/**
 * Time from which an account that the authority refuses may be replaced, milliseconds since the epoch.
 * @param replacedMs time at which it replaced another one; undefined: it is the first one.
 */
export function nextAccountMs(replacedMs: number | undefined): number {
  return replacedMs === undefined ? 0 : replacedMs + accountEveryMs;
}

/** True if the failure concerns every host: an order for another one would fail the same way. */
export function concernsAllHosts({ kind }: Pick<OrderFailure, 'kind'>): boolean {
  return kind === 'unreachable' || kind === 'account';
}
