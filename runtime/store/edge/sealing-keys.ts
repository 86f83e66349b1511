import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
const sealedPattern = /^(?<id>[\w-]{11})\.(?<body>[\w-]{38,})$/;

interface SealingKey {
  /** Public name of the key: the first 8 bytes of its SHA-256, base64url. */
  readonly id: string;
  /** Secret. */
  readonly bytes: Buffer;
}

/** A text that was sealed. */
export interface OpenedText {
  /** Secret. */
  readonly text: string;
  /** False if a key other than the first one sealed it, so that it is to be sealed anew. */
  readonly isCurrent: boolean;
}

/**
 * Keys that seal the edge's secrets in Redis by AES-256-GCM. The name of the key stands in front of
 * what it sealed, so that keys can be rotated: the first one seals, all of them open.
 */
export class SealingKeys {
  readonly #keys: readonly SealingKey[];

  /** @param keys 32 bytes each, base64; at least one. Secret. */
  constructor(keys: readonly string[]) {
    this.#keys = keys.map((text) => {
      const bytes = Buffer.from(text, 'base64');
      return { id: idOf(bytes), bytes };
    });
  }

  /**
   * Seals a text with a random nonce.
   * @param context place of the text, such as its key in Redis; it opens nowhere else.
   * @throws Error if there is no key.
   */
  seal(text: string, context: string): string {
    const [key] = this.#keys;
    if (key === undefined) throw new Error('there is no key to seal with');
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, key.bytes, nonce).setAAD(Buffer.from(context));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    const body = Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url');
    return `${key.id}.${body}`;
  }

  /** Opens a sealed text. Undefined if no key does, or if it was sealed for another place. */
  open(sealed: string, context: string): OpenedText | undefined {
    const { id, body } = sealedPattern.exec(sealed)?.groups ?? {};
    const key = this.#keys.find((one) => one.id === id);
    if (key === undefined || body === undefined) return undefined;
    const bytes = Buffer.from(body, 'base64url');
    const nonce = bytes.subarray(0, nonceBytes);
    const decipher = createDecipheriv(algorithm, key.bytes, nonce)
      .setAAD(Buffer.from(context))
      .setAuthTag(bytes.subarray(-tagBytes));
    try {
      const opened = [decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()];
      return { text: Buffer.concat(opened).toString(), isCurrent: key === this.#keys[0] };
    } catch {
      // Somebody changed the value, or moved it here from another place.
      return undefined;
    }
  }
}

function idOf(key: Buffer): string {
  return createHash('sha256').update(key).digest().subarray(0, 8).toString('base64url');
}
