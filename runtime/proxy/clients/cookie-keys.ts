import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { RetainedKey } from '../../store/clients/cookie-key.ts';
import { ownCopy, setNewest } from './bounded-memory.ts';

/** Time for which a key is still accepted after another one has replaced it, milliseconds. */
const acceptedMs = 24 * 3_600_000;
/** Time after which all proxies know a new key, so that it may sign, milliseconds. */
const settleMs = 10_000;
/** Bytes of HMAC-SHA256 that make a signature. */
const signatureBytes = 16;

/** Valid signatures that are remembered, those checked first forgotten first. */
const mostRemembered = 10_000;

/** Length of a signature in base64url. */
export const signatureLength = 22;

interface KnownKey extends RetainedKey {
  readonly secret: KeyObject;
}

/** A text that was signed with a key. */
interface SignedText {
  readonly text: string;
  readonly key: KnownKey;
}

/** Signs and checks the affinity cookies. Without a key it signs nothing and accepts nothing. */
export class CookieKeys {
  readonly #now: () => number;
  /** Newest first, at most two. */
  #keys: readonly KnownKey[] = [];
  /** Valid signatures, so that a client that returns costs a look-up. */
  readonly #remembered = new Map<string, SignedText>();

  /** @param now milliseconds since the epoch. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** True if there is a key. */
  get canSign(): boolean {
    return this.#keys.length > 0;
  }

  /** Known keys, newest first, to be retained. */
  get retained(): readonly RetainedKey[] {
    return this.#keys.map(({ key, sinceMs }) => ({ key, sinceMs }));
  }

  /** Takes the keys that an earlier process has retained. */
  restore(keys: readonly RetainedKey[]): void {
    const now = this.#now();
    this.#keys = keys.slice(0, 2).map(({ key, sinceMs }) => knownKey(key, Math.min(sinceMs, now)));
  }

  /**
   * Takes the key of the service. One that replaces another signs only after 10 s, because a proxy
   * that does not know it yet would take it for forged; the one before is accepted for a day.
   * @returns true if it is a new one.
   */
  learn(key: string): boolean {
    if (this.#keys[0]?.key === key) return false;
    const before = this.#keys.filter((known) => known.key !== key).slice(0, 1);
    this.#keys = [knownKey(key, this.#now()), ...before];
    return true;
  }

  /** Returns the signature of a text; undefined without a key. */
  sign(text: string): string | undefined {
    const signer = this.#signer;
    return signer === undefined ? undefined : signatureOf(text, signer);
  }

  /**
   * Checks a signature, in constant time unless it is a valid one that was checked before.
   * @returns `current` if the key signed it that signs now, `other` if it was another valid one.
   */
  check(text: string, signature: string): 'current' | 'other' | undefined {
    const key = this.#keyOf(text, signature);
    if (key === undefined) return undefined;
    return key === this.#signer ? 'current' : 'other';
  }

  #keyOf(text: string, signature: string): KnownKey | undefined {
    const accepted = this.#accepted;
    const known = this.#remembered.get(signature);
    if (known !== undefined && known.text === text && accepted.includes(known.key)) {
      return known.key;
    }
    const given = Buffer.from(signature, 'latin1');
    for (const key of accepted) {
      const expected = Buffer.from(signatureOf(text, key), 'latin1');
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) continue;
      // Copies, because both are parts of a request's text.
      const signed = { text: ownCopy(text), key };
      setNewest(this.#remembered, ownCopy(signature), signed, mostRemembered);
      return key;
    }
    return undefined;
  }

  get #signer(): KnownKey | undefined {
    const [newest, before] = this.#keys;
    if (newest === undefined || before === undefined) return newest;
    return this.#now() - newest.sinceMs >= settleMs ? newest : before;
  }

  get #accepted(): readonly KnownKey[] {
    const [newest, before] = this.#keys;
    if (newest === undefined || before === undefined) return this.#keys;
    return this.#now() - newest.sinceMs < acceptedMs ? this.#keys : [newest];
  }
}

function knownKey(key: string, sinceMs: number): KnownKey {
  return { key, sinceMs, secret: createSecretKey(Buffer.from(key, 'base64')) };
}

function signatureOf(text: string, { secret }: KnownKey): string {
  const digest = createHmac('sha256', secret).update(text).digest();
  return digest.toString('base64url', 0, signatureBytes);
}
