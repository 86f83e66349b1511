import { createHash } from 'node:crypto';

/** Lifetime of a certificate, milliseconds since the epoch. */
export interface Lifetime {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

const dayMs = 86_400_000;

/** Share of its lifetime after which a certificate is renewed where the authority suggests no time. */
const renewedAfter = 2 / 3;
/** Share of the lifetime by which renewals are spread, all of it before {@link renewedAfter}. */
const jitterShare = 1 / 30;

/**
 * Time at which to renew a certificate whose authority suggests none: two thirds of its lifetime,
 * less a jitter, so that certificates of one day are not renewed all at once.
 * @param id any text that names the certificate; it determines the jitter, so that every proxy
 *   gets the same time.
 */
export function renewalByAgeMs({ notBeforeMs, notAfterMs }: Lifetime, id: string): number {
  const lifetimeMs = notAfterMs - notBeforeMs;
  const share = renewedAfter - jitterShare * fractionOf(id);
  return Math.round(notBeforeMs + lifetimeMs * share);
}

/** Time left at which a certificate that was not renewed is an incident, milliseconds. */
export interface ExpiryThresholds {
  readonly expiringMs: number;
  readonly expiringSoonMs: number;
}

/**
 * Returns 14 and 3 days; for a certificate of less than 84 days a sixth and a twenty-eighth of its
 * lifetime, because a third of it is left at its renewal.
 */
export function expiryThresholds({ notBeforeMs, notAfterMs }: Lifetime): ExpiryThresholds {
  const lifetimeMs = notAfterMs - notBeforeMs;
  return {
    expiringMs: Math.min(14 * dayMs, lifetimeMs / 6),
    expiringSoonMs: Math.min(3 * dayMs, lifetimeMs / 28),
  };
}

/** Returns a number from 0 up to 1 that the text alone determines. */
export function fractionOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE() / 2 ** 32;
}
