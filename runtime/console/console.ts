import { Hono, type Context } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { didYouMean } from '../contract/suggest-name.ts';
import type { NamedLink } from '../core/input/named-link.ts';
import { problem } from '../web/problem-response.ts';
import { clientAddress } from './client-address.ts';
import { OpenPages } from './open-pages.ts';
import { pageFiles } from './page-files.ts';
import { knownHost, readOnly, sameOriginWrites } from './same-origin.ts';
import { OpenServices } from './services/open-services.ts';
import { failed, serviceApp, type ServiceAppOptions } from './services/service-app.ts';
import type { ServiceParts } from './services/service-parts.ts';
import { visitorOf } from './sign-in/visitor.ts';
import { limitedWrites } from './write-limit.ts';

export interface ConsoleParts extends Omit<ServiceAppOptions, 'pages'> {
  /** Service that is shown unless a request names another one. */
  readonly service: string;
  /** Names of all services that may be shown. */
  readonly serviceNames: () => Promise<readonly string[]>;
  readonly openService: (service: string) => Promise<ServiceParts>;
  readonly allowedHosts: readonly string[];
  /** Links in the header of the page. Default: none. */
  readonly links?: readonly NamedLink[];
  /** Routes with which people sign in, and their guard. Default: nobody signs in. */
  readonly signIn?: Hono;
}

/** The operators' page and its API, from the first request until it stops. */
export interface Console {
  readonly app: Hono;
  /** Ends the open streams, which would otherwise hold up the end of the process, and all services. */
  readonly stop: () => Promise<void>;
}

/**
 * Creates the operators' page and its API:
 * - `GET /healthz`: 200 for anybody and any `Host`.
 * - `GET /api/links`: 200 with the links of the page's header.
 * - `/api/...` and `/flags/...`: see {@link serviceApp}; `?service=NAME` chooses the service, and 404 is
 *   the response for one that does not exist.
 *
 * A console that only shows responds to every `POST` with 403; any other one to more than people can
 * cause with 429. With `signIn`, everything but `/healthz` asks for a session, and changes have the name
 * of its person.
 */
export function createConsole(parts: ConsoleParts): Console {
  const { service, openService, isReadOnly, allowedHosts, signIn, logger } = parts;
  const pages = new OpenPages();
  const services = new OpenServices({
    open: async (name) => serviceApp(await openService(name), { ...parts, pages }),
    own: service,
    now: () => performance.now(),
  });
  const app = new Hono();
  app.use(headers);
  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.use(knownHost(allowedHosts), sameOriginWrites);
  if (signIn !== undefined) app.route('/', signIn);
  if (isReadOnly) app.use(readOnly);
  const clientOf = (c: Context) => visitorOf(c)?.email ?? clientAddress(c, signIn !== undefined);
  app.use(limitedWrites(clientOf, () => performance.now()));
  app.route('/', pageFiles());

  const aboutService = async (c: Context) => {
    const chosen = c.req.query('service') ?? service;
    const unknown = chosen === service ? undefined : await unknownService(chosen, parts);
    if (unknown !== undefined) return problem(c, 404, unknown);
    return await (await services.get(chosen)).fetch(c.req.raw, visitorOf(c));
  };
  app.get('/api/links', (c) => c.json(parts.links ?? []));
  app.all('/api/*', aboutService);
  app.all('/flags/*', aboutService);
  app.notFound((c) => problem(c, 404, 'nothing is at this path'));
  app.onError((error, c) => failed(c, error, logger));
  return { app, stop: () => services.stop() };
}

/** Says that there is no such service; undefined if there is. */
async function unknownService(
  chosen: string,
  { serviceNames }: ConsoleParts,
): Promise<string | undefined> {
  const names = await serviceNames();
  if (names.includes(chosen)) return undefined;
  return `there is no service ${chosen}${didYouMean(chosen, names)}`;
}

const headers = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    connectSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
    requireTrustedTypesFor: ["'script'"],
  },
  xFrameOptions: 'DENY',
  strictTransportSecurity: false,
});
