import { Hono, type Context, type MiddlewareHandler } from 'hono';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { NONCE, secureHeaders } from 'hono/secure-headers';
import type { Logger } from 'pino';
import { PerchError } from '../contract/perch-error.ts';
import type { NamedLink } from '../core/input/named-link.ts';
import type { Identity } from './config.ts';
import { CanaryRepair } from './faults/canary-repair.ts';
import { faultRoutes } from './faults/fault-routes.ts';
import type { Faults } from './faults/faults.ts';
import { repairRoutes } from './faults/repair-routes.ts';
import type { AppFlags, Switch } from './flags.ts';
import { assetRoutes } from './page/assets.ts';
import { notFound, pageRoutes, type PageEnv } from './page/page-routes.ts';
import { problem } from '../web/problem-response.ts';
import type { ReleaseStore } from '../store/release/release-store.ts';
import type { ValueStore } from './value-store.ts';
import { valueRoutes } from './values.ts';
import { visitorOf } from './visitor.ts';
import { siegeRoute, slowRoute } from './work.ts';

export interface AppParts {
  readonly identity: Identity;
  readonly flags: AppFlags;
  readonly values: ValueStore;
  readonly logger: Logger;
  /** Links in the header of the pages. Default: none. */
  readonly links?: readonly NamedLink[];
  /** Faults to inject, in rehearsals. Default: none can be injected. */
  readonly faults?: Faults;
  /**
   * Release whose canary people may break and mend: `POST /faults` replaces the injected faults. Default:
   * nobody may.
   */
  readonly breakable?: Pick<ReleaseStore, 'read' | 'change'>;
}

/** Creates the demo app: a page and a few routes that flags switch on and off. */
export function createApp(parts: AppParts): Hono<PageEnv> {
  const { identity, flags, values, logger, links = [], faults, breakable } = parts;
  const site = { identity, flags, links };
  const app = new Hono<PageEnv>();
  app.use(
    methodNotAllowed({ app, onMethodNotAllowed: wrongMethod }),
    headers,
    noStore,
    identityHeaders(identity),
  );
  if (faults !== undefined) app.use(faults.middleware);
  const isBreakable = faults !== undefined && breakable !== undefined;
  if (isBreakable) {
    app.route('/', faultRoutes(faults, identity.track));
    app.route('/', repairRoutes(new CanaryRepair(breakable)));
  }

  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.route('/', pageRoutes(site, { isBreakable }));
  app.route('/', assetRoutes(identity));
  app.use('/set', whileOn(flags, 'set_get'));
  app.use('/get', whileOn(flags, 'set_get'));
  app.route('/', valueRoutes(values));
  app.use('/siege', whileOn(flags, 'siege_feature'));
  app.route('/', siegeRoute());
  if (identity.track === 'canary') app.route('/', slowRoute());

  app.notFound((c) => notFound(c, site));
  app.onError((error, c) => failed(c, error, logger));
  return app;
}

const headers = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: [NONCE],
    connectSrc: ["'self'"],
    imgSrc: ['data:'],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
    requireTrustedTypesFor: ["'script'"],
  },
  xFrameOptions: 'DENY',
  // Set by the component that terminates TLS in front of the proxy.
  strictTransportSecurity: false,
});

/** Forbids caches: every response depends on flags and on the member that sent it. */
const noStore: MiddlewareHandler = async (c, next) => {
  await next();
  c.res.headers.set('cache-control', 'no-store');
};

/** Names the member in every response, errors too, so that clients can count each track's share. */
function identityHeaders({ memberId, track, version }: Identity): MiddlewareHandler {
  return async (c, next) => {
    await next();
    c.res.headers.set('x-perch-member', memberId);
    c.res.headers.set('x-perch-track', track);
    c.res.headers.set('x-perch-version', version);
  };
}

function whileOn(flags: AppFlags, key: Switch): MiddlewareHandler {
  return async (c, next) => ((await flags.isOn(key, visitorOf(c))) ? next() : c.notFound());
}

function wrongMethod(c: Context, methods: string[]): Response {
  const allowed = methods.join(', ');
  c.header('Allow', allowed);
  return problem(c, 405, `method must be ${allowed}, got ${c.req.method}`);
}

function failed(c: Context, error: Error, logger: Logger): Response {
  if (error instanceof PerchError && error.code.startsWith('redis_')) {
    logger.warn(
      { code: error.code, reason: error.message },
      'a request failed because Redis is unavailable',
    );
    c.header('Retry-After', '1');
    return problem(c, 503, 'Redis is unavailable at the moment');
  }
  logger.error({ err: error, path: c.req.path }, 'a request failed');
  return problem(c, 500, 'internal error; it was logged');
}
