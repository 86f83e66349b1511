import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { CookieOptions } from 'hono/utils/cookie';
import { z } from 'zod';
import { Seal } from './seal.ts';
import { sessionMs } from './sessions.ts';
import type { SignInConfig } from './sign-in-config.ts';

/** Time that a person has for signing in at the provider, milliseconds. */
const flowMs = 10 * 60_000;
/** Sign-ins that a browser may have begun, one for each tab. */
const mostFlows = 8;

const sessionName = 'perch-session';
const flowName = 'perch-sign-in-';

const flowSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  /** Address of the console to show in the end. */
  returnTo: z.string(),
});
type KeptFlow = z.infer<typeof flowSchema>;

/**
 * Cookies of a browser: its session, and the sign-ins that it has begun. Over https their names begin
 * with `__Host-`, so that no other host of the domain can set them (RFC 6265bis, section 4.1.3).
 */
export class SignInCookies {
  readonly #isSecure: boolean;
  readonly #flows: Seal<typeof flowSchema>;

  constructor({ origin, issuer, clientId, clientSecret }: SignInConfig, now: () => number) {
    this.#isSecure = origin.startsWith('https:');
    this.#flows = new Seal({
      secret: clientSecret,
      purpose: `perch console sign-in\n${issuer}\n${clientId}`,
      schema: flowSchema,
      lifetimeMs: flowMs,
      now,
    });
  }

  session(c: Context): string | undefined {
    return getCookie(c, this.#named(sessionName));
  }

  setSession(c: Context, sealed: string): void {
    setCookie(c, this.#named(sessionName), sealed, this.#lasting(sessionMs));
  }

  clearSession(c: Context): void {
    deleteCookie(c, this.#named(sessionName), this.#options());
  }

  /** Keeps a sign-in that begins, beside those of other tabs. */
  async keepFlow(c: Context, flow: KeptFlow): Promise<void> {
    const known = Object.keys(getCookie(c)).filter((name) =>
      name.startsWith(this.#named(flowName)),
    );
    if (known.length >= mostFlows) {
      for (const name of known) deleteCookie(c, name, this.#options());
    }
    setCookie(c, this.#flowNamed(flow.state), await this.#flows.seal(flow), this.#lasting(flowMs));
  }

  /** Returns the sign-in with this state, once; undefined if this browser has not begun it lately. */
  async takeFlow(c: Context, state: string): Promise<KeptFlow | undefined> {
    const name = this.#flowNamed(state);
    const sealed = getCookie(c, name);
    if (sealed === undefined) return undefined;
    deleteCookie(c, name, this.#options());
    const flow = await this.#flows.open(sealed);
    return flow?.state === state ? flow : undefined;
  }

  #flowNamed(state: string): string {
    return this.#named(`${flowName}${state.replaceAll(/[^\w-]/g, '').slice(0, 12)}`);
  }

  #named(name: string): string {
    return this.#isSecure ? `__Host-${name}` : name;
  }

  #options(): CookieOptions {
    return { path: '/', httpOnly: true, sameSite: 'Lax', secure: this.#isSecure };
  }

  #lasting(ms: number): CookieOptions {
    return { ...this.#options(), maxAge: ms / 1_000 };
  }
}
