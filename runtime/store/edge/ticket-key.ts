import { randomBytes } from 'node:crypto';
import { z } from 'zod';

const keyBytes = 32;
/** Time for which a key seals new tickets, milliseconds. */
const ticketKeyMs = 12 * 3_600_000;
/** Time for which a key opens tickets after another one has replaced it, milliseconds. */
export const openingMs = 24 * 3_600_000;
/** Time in which all proxies learn a new key before it seals, milliseconds. */
const settlingMs = 60_000;
/** Keys that are read at most, so that a ticket costs a bounded time. */
const mostKeys = 8;

const ticketKeySchema = z.object({
  /** 32 bytes in base64url. Secret. */
  key: z.string().regex(/^[\w-]{43}$/),
  /** Time from which on it seals tickets, milliseconds since the epoch. */
  fromMs: z.number(),
});

/** Keys of session tickets, the newest first. */
export const ticketKeysSchema = z.array(ticketKeySchema).max(mostKeys);

/** Key of session tickets of TLS (RFC 5077, RFC 8446 section 4.6.1). */
export type TicketKey = z.infer<typeof ticketKeySchema>;

/**
 * Returns the keys that are in force: with a next one in time before the newest is too old, without
 * those that open nothing any more. The same list if nothing changes.
 */
export function rotatedTicketKeys(keys: readonly TicketKey[], nowMs: number): readonly TicketKey[] {
  const [newest] = keys;
  if (newest === undefined) return [newTicketKey(nowMs)];
  const nextMs = newest.fromMs + ticketKeyMs;
  // A clock that ran ahead must not keep its key in force for ever.
  const isDue = nowMs >= nextMs - settlingMs || newest.fromMs > nowMs + settlingMs;
  const all = isDue ? [newTicketKey(nowMs + settlingMs), ...keys] : keys;
  const opening = all.filter((_, index) => {
    const successor = all[index - 1];
    return successor === undefined || nowMs < successor.fromMs + openingMs;
  });
  return opening.length === keys.length && !isDue ? keys : opening.slice(0, mostKeys);
}

function newTicketKey(fromMs: number): TicketKey {
  return { key: randomBytes(keyBytes).toString('base64url'), fromMs };
}
