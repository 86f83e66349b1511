import { createHash, hkdfSync, randomBytes } from 'node:crypto';
import type { SecureContext } from 'node:tls';
import { openingMs, type TicketKey } from '../../store/edge/ticket-key.ts';

/** Bytes of each of the three parts of a key, and of the nonce of a ticket, in OpenSSL's format. */
const partBytes = 16;

/** Answer to OpenSSL about a ticket. */
type TicketAnswer = [verdict: number, hmac: Buffer, aes: Buffer, name?: Buffer, nonce?: Buffer];

/**
 * Bytes of a ticket's name, which stands in front of it and which its MAC protects: first the name of
 * its key, then that of the certificate's hosts.
 */
const halfBytes = partBytes / 2;

const verdicts = { unknown: 0, valid: 1, validAndRenew: 2 } as const;

/** Hook of a context that Node's types leave out. Its documented one takes a single key. */
interface TicketContext {
  enableTicketKeyCallback(): void;
  onticketkeycallback: (name: Buffer, nonce: Buffer, isSealing: boolean) => TicketAnswer;
}

interface KnownKey {
  readonly secret: string;
  readonly fromMs: number;
  /** Time until which it opens tickets, milliseconds since the epoch. */
  untilMs: number;
  /** Public name of the key. */
  readonly name: Buffer;
  readonly hmac: Buffer;
  readonly aes: Buffer;
}

/**
 * Keys that seal and open the session tickets of TLS: the state of a session that its client keeps,
 * so that any proxy with the key can resume it. A ticket of an older key is still opened and
 * replaced by one of the newest.
 */
export class TicketKeys {
  readonly #now: () => number;
  /** Keys in force, newest first: these seal. */
  #inForce: readonly KnownKey[] = [];
  /** Keys that only open tickets: those that a source has lost, or that only this proxy had. */
  #others: readonly KnownKey[] = [];
  /** Hosts of certificates by their names in tickets, in hexadecimal. */
  readonly #hosts = new Map<string, readonly string[]>();
  #mayOpen: (hosts: readonly string[]) => boolean = never;
  #nonces = Buffer.alloc(0);
  #usedNonces = 0;

  /** @param now milliseconds since the epoch. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes the keys in force, newest first. Those that it knew before still open tickets for a day. */
  learn(keys: readonly TicketKey[]): void {
    const now = this.#now();
    const before = [...this.#inForce, ...this.#others];
    this.#inForce = keys.map(({ key, fromMs }, index) => {
      const known = before.find(({ secret }) => secret === key) ?? derived(key, fromMs);
      known.untilMs = index === 0 ? Infinity : (keys[index - 1]?.fromMs ?? now) + openingMs;
      return known;
    });
    this.#others = before.filter((known) => !this.#inForce.includes(known));
    for (const known of this.#others) known.untilMs = Math.min(known.untilMs, now + openingMs);
    this.#others = this.#others.filter(({ untilMs }) => untilMs > now);
  }

  /**
   * Lets a context seal and open its tickets with these keys.
   * @param hosts those of its certificate, the same for every proxy and after a renewal.
   */
  attach({ context }: SecureContext, hosts: readonly string[]): void {
    const scope = scopeOf(hosts);
    this.#hosts.set(scope.toString('hex'), hosts);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Node types it as `any`
    const hook = context as TicketContext;
    hook.onticketkeycallback = (name, _nonce, isSealing) =>
      isSealing ? this.#seal(scope) : this.#open(name);
    hook.enableTicketKeyCallback();
  }

  /**
   * Opens tickets of some certificates only while `read` runs. Otherwise it opens none.
   * @param mayOpen asked with the hosts of the certificate that a ticket's session began with.
   */
  opening(mayOpen: (hosts: readonly string[]) => boolean, read: () => void): void {
    this.#mayOpen = mayOpen;
    try {
      read();
    } finally {
      this.#mayOpen = never;
    }
  }

  #seal(scope: Buffer): TicketAnswer {
    const key = this.#sealer;
    if (key === undefined) return [verdicts.unknown, none, none, none, none];
    const name = Buffer.concat([key.name, scope]);
    return [verdicts.valid, key.hmac, key.aes, name, this.#nextNonce()];
  }

  #open(name: Buffer): TicketAnswer {
    const keyName = name.subarray(0, halfBytes);
    const isKey = (known: KnownKey) => known.name.equals(keyName);
    const key = this.#inForce.find(isKey) ?? this.#others.find(isKey);
    const hosts = this.#hosts.get(name.toString('hex', halfBytes));
    if (key === undefined || key.untilMs <= this.#now()) return [verdicts.unknown, none, none];
    if (hosts === undefined || !this.#mayOpen(hosts)) return [verdicts.unknown, none, none];
    return [key === this.#sealer ? verdicts.valid : verdicts.validAndRenew, key.hmac, key.aes];
  }

  /** The newest key that all proxies know; at the start there may be none of them. */
  get #sealer(): KnownKey | undefined {
    const now = this.#now();
    return this.#inForce.find(({ fromMs }) => fromMs <= now) ?? this.#inForce.at(-1);
  }

  /** Nonces are drawn many at once, because drawing them one at a time is slow. */
  #nextNonce(): Buffer {
    if (this.#usedNonces === this.#nonces.length) {
      this.#nonces = randomBytes(256 * partBytes);
      this.#usedNonces = 0;
    }
    this.#usedNonces += partBytes;
    return this.#nonces.subarray(this.#usedNonces - partBytes, this.#usedNonces);
  }
}

const none = Buffer.alloc(partBytes);
const never = () => false;

function derived(secret: string, fromMs: number): KnownKey {
  const bytes = Buffer.from(
    hkdfSync(
      'sha256',
      Buffer.from(secret, 'base64url'),
      '',
      'perch session tickets',
      3 * partBytes,
    ),
  );
  const part = (index: number) => bytes.subarray(index * partBytes, (index + 1) * partBytes);
  const name = part(0).subarray(0, halfBytes);
  return { secret, fromMs, untilMs: Infinity, name, hmac: part(1), aes: part(2) };
}

/** Name of a certificate's hosts in tickets. */
function scopeOf(hosts: readonly string[]): Buffer {
  const text = hosts.toSorted().join('\n');
  return createHash('sha256').update(text).digest().subarray(0, halfBytes);
}
