import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { accessOf, type Access } from './access.ts';
import { Seal } from './seal.ts';
import type { SignInConfig } from './sign-in-config.ts';

/** Time after which a person has to sign in again, milliseconds. */
export const sessionMs = 8 * 60 * 60_000;

/** Sessions that somebody ended and that are remembered; a sealed cookie cannot be called back. */
const mostEnded = 10_000;

const sessionSchema = z.object({
  id: z.string(),
  email: z.string(),
  /** Milliseconds since the epoch. */
  endsAt: z.number(),
});
type Session = z.infer<typeof sessionSchema>;

/** Sessions of people who signed in. They live in the cookies, so that any console knows them. */
export class Sessions {
  readonly #config: SignInConfig;
  readonly #now: () => number;
  readonly #seal: Seal<typeof sessionSchema>;
  /** Id of a session that was ended before its time -> when that would be, the oldest first. */
  readonly #ended = new Map<string, number>();

  constructor(config: SignInConfig, now: () => number) {
    const { clientSecret: secret, issuer, clientId } = config;
    const purpose = `perch console session\n${issuer}\n${clientId}`;
    this.#config = config;
    this.#now = now;
    this.#seal = new Seal({ secret, purpose, schema: sessionSchema, lifetimeMs: sessionMs, now });
  }

  /** Returns the sealed session of a person who just signed in. */
  async begin(email: string): Promise<string> {
    const endsAt = this.#now() + sessionMs;
    return await this.#seal.seal({ id: randomUUID(), email, endsAt });
  }

  /** Undefined for what is not a session, or not one any more. */
  async read(sealed: string | undefined): Promise<Session | undefined> {
    if (sealed === undefined) return undefined;
    const session = await this.#seal.open(sealed);
    return session !== undefined && this.accessOf(session) !== undefined ? session : undefined;
  }

  /** Undefined if the session is over, or if its person is on no list any more. */
  accessOf({ id, email, endsAt }: Session): Access | undefined {
    if (endsAt <= this.#now() || this.#ended.has(id)) return undefined;
    return accessOf(email, this.#config);
  }

  end({ id, endsAt }: Session): void {
    this.#ended.set(id, endsAt);
    for (const [known, untilMs] of this.#ended) {
      if (untilMs > this.#now() && this.#ended.size <= mostEnded) break;
      this.#ended.delete(known);
    }
  }
}
