import { hkdfSync } from 'node:crypto';
import { EncryptJWT, errors, jwtDecrypt } from 'jose';
import type { z } from 'zod';

export interface SealOptions<Schema extends z.ZodType> {
  /** Secret that the key is derived from (HKDF, RFC 5869). */
  readonly secret: string;
  /** Kind of value and whom it is for. A value that was sealed for another purpose cannot be opened. */
  readonly purpose: string;
  readonly schema: Schema;
  /** Time after which a sealed value cannot be opened, milliseconds. */
  readonly lifetimeMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Encrypts and authenticates values that only consoles with the same secret can read or make, for
 * cookies: JWE (RFC 7516) with `dir` and A256GCM.
 */
export class Seal<Schema extends z.ZodType<Record<string, unknown>>> {
  readonly #options: SealOptions<Schema>;
  readonly #key: Uint8Array;

  constructor(options: SealOptions<Schema>) {
    this.#options = options;
    this.#key = new Uint8Array(hkdfSync('sha256', options.secret, '', options.purpose, 32));
  }

  async seal(value: z.infer<Schema>): Promise<string> {
    const { now, lifetimeMs } = this.#options;
    return await new EncryptJWT(value)
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .setExpirationTime(new Date(now() + lifetimeMs))
      .encrypt(this.#key);
  }

  /** Undefined for a text that is forged, sealed for another purpose, or too old. */
  async open(text: string): Promise<z.infer<Schema> | undefined> {
    const { now, schema } = this.#options;
    try {
      const { payload } = await jwtDecrypt(text, this.#key, {
        currentDate: new Date(now()),
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
        requiredClaims: ['exp'],
      });
      return schema.safeParse(payload).data;
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }
}
