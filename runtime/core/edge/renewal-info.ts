/** Renewal information of an authority (ACME Renewal Information, RFC 9773). */
import { z } from 'zod';
import { fractionOf, renewalByAgeMs, type Lifetime } from './certificate-lifetime.ts';

const timeSchema = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

/** Answer of a `renewalInfo` resource (RFC 9773 section 4.2). A window must end after its start. */
export const renewalAnswerSchema = z
  .object({
    suggestedWindow: z.object({ start: timeSchema, end: timeSchema }),
    explanationURL: z.url().optional().catch(undefined),
  })
  .refine(({ suggestedWindow: { start, end } }) => end > start, 'must end after its start')
  .transform(({ suggestedWindow: { start, end }, explanationURL }) => ({
    startMs: start,
    endMs: end,
    ...(explanationURL !== undefined && { explanationUrl: explanationURL }),
  }));

/** Window in which the authority wants the certificate renewed, as it is stored. */
export const renewalWindowSchema = z.object({
  startMs: z.int(),
  endMs: z.int(),
  /** Page of the authority that says why it moved the window. */
  explanationUrl: z.string().optional(),
});

export type RenewalWindow = z.infer<typeof renewalWindowSchema>;

/**
 * Answer of an authority about one certificate.
 * - `not-offered`: it has no renewal information at all.
 * - `failed`: it gave no valid answer.
 */
export type RenewalAnswer =
  | { readonly kind: 'not-offered' }
  | { readonly kind: 'failed'; readonly reason: string }
  | {
      readonly kind: 'answered';
      readonly window: RenewalWindow;
      /** Pause that it asks for, milliseconds. */
      readonly retryAfterMs: number | undefined;
    };

const minuteMs = 60_000;
const hourMs = 3_600_000;
/** Least and longest pause between two questions, whatever Retry-After says (section 4.3.2). */
const leastPauseMs = minuteMs;
const longestPauseMs = 24 * hourMs;
/** Pause if the authority names none, or fails in a way that lasts (section 4.3.3). */
const defaultPauseMs = 6 * hourMs;

/**
 * Pause before the authority is asked again.
 * @param retryAfterMs the answer's Retry-After; undefined if it had none.
 */
export function pauseAfterAnswerMs(retryAfterMs: number | undefined): number {
  return Math.min(longestPauseMs, Math.max(leastPauseMs, retryAfterMs ?? defaultPauseMs));
}

/**
 * Pause after the `failures`-th question in a row without a valid answer: it doubles from a minute to
 * six hours (section 4.3.3).
 */
export function pauseAfterFailureMs(failures: number): number {
  return Math.min(defaultPauseMs, minuteMs * 2 ** Math.min(failures - 1, 20));
}

export interface RenewalInputs extends Lifetime {
  /** Name of the certificate, which determines its place in the window. */
  readonly id: string;
  /** Newest window of the authority; undefined if it offers none. */
  readonly window: RenewalWindow | undefined;
}

/**
 * Time at which to renew a certificate: a random one in the authority's window, which stays the same as
 * long as the window does (section 4.2); without a window by age. Never after the age at which the
 * certificate would be an incident.
 */
export function renewalMs({ id, window, ...lifetime }: RenewalInputs): number {
  if (window === undefined) return renewalByAgeMs(lifetime, id);
  const { startMs, endMs } = window;
  const chosen = Math.round(startMs + (endMs - startMs) * fractionOf(`${id}|${startMs}|${endMs}`));
  return Math.min(chosen, latestRenewalMs(lifetime));
}

/** Time by which even an authority with a late window is asked: a sixth of the lifetime is left. */
function latestRenewalMs({ notBeforeMs, notAfterMs }: Lifetime): number {
  return Math.round(notAfterMs - (notAfterMs - notBeforeMs) / 6);
}
