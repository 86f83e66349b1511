import { Hono, type Context } from 'hono';
import type { Logger } from 'pino';
import { clientAddress } from '../client-address.ts';
import { TokenBuckets } from '../token-buckets.ts';
import { SignInCookies } from './cookies.ts';
import { guard } from './guard.ts';
import { Provider } from './provider.ts';
import { returnAddress } from './return-address.ts';
import { Sessions } from './sessions.ts';
import type { SignInConfig } from './sign-in-config.ts';
import { signInPage } from './sign-in-page.ts';
import {
  admit,
  failurePage,
  signedOutPage,
  signInHref,
  signInPath,
  tooManyPage,
  unknownPage,
} from './sign-in-pages.ts';

export interface SignInOptions {
  readonly config: SignInConfig;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Requests of an address: each sign-in takes two, and several people may share an address. */
const attempts = { burst: 60, perSecond: 0.5 };
const callbackPath = `${signInPath}/callback`;
const outPath = `${signInPath}/out`;

/**
 * Routes with which people sign in and out, and the {@link guard} of everything that is registered
 * after them:
 * - `GET /sign-in?return=PATH`: redirects to the provider, which leads back to `/sign-in/callback`,
 *   and that to the path. 403 for somebody who may not use the console, 503 without the provider.
 * - `POST /sign-in/out`: 204, ends the session. `GET /sign-in/out`: 200 with a page that says so.
 *
 * More sign-ins from one address than people cause get 429.
 */
export function signIn({ config, logger, now }: SignInOptions): Hono {
  const { origin } = config;
  const provider = new Provider(config, `${origin}${callbackPath}`);
  const cookies = new SignInCookies(config, now);
  const sessions = new Sessions(config, now);
  const limits = new TokenBuckets(attempts, () => performance.now());
  const sessionOf = (c: Context) => sessions.read(cookies.session(c));
  const routes = new Hono();

  for (const path of [signInPath, callbackPath]) {
    routes.use(path, async (c, next) => {
      c.header('cache-control', 'no-store');
      if (limits.take(clientAddress(c, true))) return next();
      c.header('retry-after', '10');
      return signInPage(c, tooManyPage);
    });
  }
  routes.get(signInPath, async (c) => {
    const returnTo = returnAddress(origin, c.req.query('return') ?? '/');
    const choosesAccount = c.req.query('choose') !== undefined;
    if (!choosesAccount && (await sessionOf(c)) !== undefined) return c.redirect(returnTo);
    const departure = await provider.depart({ choosesAccount });
    if (departure.kind !== 'departs') {
      logger.warn({ reason: departure.text }, 'the provider let nobody sign in');
      return signInPage(c, failurePage(departure, signInHref(origin, returnTo)));
    }
    await cookies.keepFlow(c, { ...departure.flow, returnTo });
    return c.redirect(departure.url.href);
  });
  routes.get(callbackPath, async (c) => {
    const flow = await cookies.takeFlow(c, c.req.query('state') ?? '');
    if (flow === undefined) {
      // A browser that went back to this address, or restored its tabs, has nothing left to do here.
      if ((await sessionOf(c)) !== undefined) return c.redirect(`${origin}/`);
      return signInPage(c, unknownPage);
    }
    const arrival = await provider.arrive(new URL(c.req.url).search, flow);
    const href = signInHref(origin, flow.returnTo, true);
    const admission = admit(arrival, config, href);
    if (admission.kind === 'refused') {
      logger.warn({ reason: admission.page.text }, 'a sign-in was refused');
      return signInPage(c, admission.page);
    }
    const { email } = admission;
    cookies.setSession(c, await sessions.begin(email));
    logger.info({ email }, 'a person signed in');
    return c.redirect(flow.returnTo);
  });
  routes.post(outPath, async (c) => {
    const session = await sessionOf(c);
    if (session !== undefined) sessions.end(session);
    cookies.clearSession(c);
    return c.body(null, 204);
  });
  routes.get(outPath, async (c) => {
    const isSignedIn = (await sessionOf(c)) !== undefined;
    return isSignedIn ? c.redirect(`${origin}/`) : signInPage(c, signedOutPage(config));
  });
  routes.use(guard({ origin, cookies, sessions }));
  return routes;
}
