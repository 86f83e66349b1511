import { randomBytes } from 'node:crypto';
import { z } from 'zod';

const keyBytes = 32;

/** Key of 32 bytes, in base64 or base64url. Secret: problems do not show its value. */
export const cookieKeySchema = z
  .string()
  .transform((text) => text.trim())
  .refine((text) => /^[\w+/-]{43}=?$/.test(text), `must be ${keyBytes} bytes in base64`);

/** A key as a proxy retains it on disk. */
export const retainedKeySchema = z.object({
  key: cookieKeySchema,
  /** Time at which this proxy first saw it, milliseconds since the epoch. */
  sinceMs: z.number(),
});

export type RetainedKey = z.infer<typeof retainedKeySchema>;

export function newCookieKey(): string {
  return randomBytes(keyBytes).toString('base64url');
}
