import { Hono, type Context } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import type { Logger } from 'pino';
import { z } from 'zod';
import { PerchError } from '../contract/perch-error.ts';
import type { FlagStore } from '../store/flags/flag-store.ts';
import { overview, type PageMode } from './overview.ts';
import { OverviewFeed } from './overview-feed.ts';
import type { OverviewSources } from './overview-sources.ts';
import { OverviewStream } from './overview-stream.ts';
import { pageFiles } from './page-files.ts';
import {
  chartRanges,
  trafficChart,
  type ChartRange,
  type TrafficChartSources,
} from './traffic-chart.ts';
import { parseInput } from '../core/input/input.ts';
import type { NamedLink } from '../core/input/named-link.ts';
import { badRequest, problem } from '../web/problem-response.ts';
import { changeRoutes, type ChangeRoutesOptions } from './changes/change-routes.ts';
import { incidentRoutes, type IncidentRoutesOptions } from './changes/incident-routes.ts';
import { clientAddress } from './client-address.ts';
import { knownHost, readOnly, sameOriginWrites } from './same-origin.ts';
import { operatorOf, visitorOf } from './sign-in/visitor.ts';
import { flagView } from './views/flag-view.ts';
import { limitedWrites } from './write-limit.ts';

export interface ConsoleParts {
  readonly sources: OverviewSources;
  readonly charts: TrafficChartSources;
  readonly incidents: IncidentRoutesOptions['incidents'];
  /** Store of acknowledgements and silences. */
  readonly mutes: IncidentRoutesOptions['mutes'];
  /** Store of flags that writes with the name of a person. */
  readonly flagsOf: (by: string) => Pick<FlagStore, 'get' | 'toggle'>;
  /** Store of the release that writes with the name of a person. */
  readonly releasesOf: ChangeRoutesOptions['releasesOf'];
  /** Name of the person who makes the changes, unless a change names another one. */
  readonly operator: string;
  /** True if the page only shows. */
  readonly isReadOnly: boolean;
  readonly allowedHosts: readonly string[];
  /** Links in the header of the page. Default: none. */
  readonly links?: readonly NamedLink[];
  /** Routes with which people sign in, and their guard. Default: nobody signs in. */
  readonly signIn?: Hono;
  readonly logger: Logger;
}

/** The operators' page and its API, from the first request until it stops. */
export interface Console {
  readonly app: Hono;
  /** Ends the open streams, which would otherwise hold up the end of the process. */
  readonly stop: () => Promise<void>;
}

/**
 * Creates the operators' page and its API:
 * - `GET /healthz`: 200 for anybody and any `Host`.
 * - `GET /api/overview`: 200 with an `Overview`.
 * - `GET /api/stream`: server-sent events with the parts of the `Overview` as they change.
 * - `GET /api/traffic?range=15m`: 200 with a `TrafficChart`; 400 for an unknown range.
 * - `GET /api/links`: 200 with the links of the page's header.
 * - `POST /api/changes`, `POST /api/changes/preview`: see {@link changeRoutes}.
 * - `GET /api/incidents?id=ID`, `POST /api/incidents`, `POST /api/incidents/preview`: see
 *   {@link incidentRoutes}.
 * - `POST /flags/:key/toggle`: 200 with the flag after the change, 404 for an unknown flag, 409 for a
 *   flag that does not have two variants, 503 while Redis is unavailable.
 *
 * A console that only shows responds to every `POST` with 403; any other one to more than people can
 * cause with 429. With `signIn`, everything but `/healthz` asks for a session, and changes have the name
 * of its person.
 */
export function createConsole(parts: ConsoleParts): Console {
  const { sources, charts, flagsOf, operator, isReadOnly, allowedHosts, signIn, logger } = parts;
  const page = { operator, isReadOnly, person: null };
  const feed = new OverviewFeed({ read: () => overview(sources, page) });
  const stream = new OverviewStream(feed, sources.now);
  const app = new Hono();
  app.use(headers);
  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.use(knownHost(allowedHosts), sameOriginWrites);
  if (signIn !== undefined) app.route('/', signIn);
  if (isReadOnly) app.use(readOnly);
  const clientOf = (c: Context) => visitorOf(c)?.email ?? clientAddress(c, signIn !== undefined);
  app.use(limitedWrites(clientOf, () => performance.now()));
  app.route('/', pageFiles());

  app.get('/api/overview', async (c) => {
    c.header('cache-control', 'no-store');
    return c.json(await overview(sources, pageOf(c, page)));
  });
  app.get('/api/stream', (c) => stream.respond(c, pageOf(c, page)));
  app.get('/api/traffic', async (c) => chart(c, charts));
  app.get('/api/links', (c) => c.json(parts.links ?? []));
  app.route('/api/changes', changeRoutes(parts));
  app.route('/api/incidents', incidentRoutes({ ...parts, now: sources.now }));
  app.post('/flags/:key/toggle', async (c) =>
    toggle(c, c.req.param('key'), flagsOf(operatorOf(c, operator))),
  );

  app.notFound((c) => problem(c, 404, 'nothing is at this path'));
  app.onError((error, c) => failed(c, error, logger));
  return { app, stop: () => feed.stop() };
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

/** Mode of the page for the person who makes the request. */
function pageOf(c: Context, page: PageMode): PageMode {
  const visitor = visitorOf(c);
  if (visitor === undefined) return page;
  const { email, mayChange } = visitor;
  return { operator: email, isReadOnly: page.isReadOnly || !mayChange, person: email };
}

async function chart(c: Context, charts: TrafficChartSources): Promise<Response> {
  const parsed = parseInput(chartSchema, c.req.query());
  if (!parsed.ok) return badRequest(c, parsed.problems);
  c.header('cache-control', 'no-store');
  return c.json(await trafficChart(parsed.value.range, charts));
}

const rangeNames = Object.keys(chartRanges);
const isRange = (value: unknown): value is ChartRange => rangeNames.includes(String(value));
const chartSchema = z.object({
  range: z.custom<ChartRange>(isRange, `must be one of ${rangeNames.join(', ')}`),
});

async function toggle(
  c: Context,
  key: string,
  store: ReturnType<ConsoleParts['flagsOf']>,
): Promise<Response> {
  if ((await store.get(key)) === undefined) {
    return problem(c, 404, `flag must exist, got ${key}`);
  }
  try {
    return c.json(flagView([key, await store.toggle(key)]));
  } catch (error) {
    if (!(error instanceof PerchError) || error.code !== 'bad_input') throw error;
    return problem(c, 409, error.message);
  }
}

function failed(c: Context, error: Error, logger: Logger): Response {
  if (error instanceof PerchError) {
    logger.warn({ code: error.code, reason: error.message }, 'a request failed');
    c.header('retry-after', '1');
    return problem(c, 503, error.message);
  }
  logger.error({ err: error, path: c.req.path }, 'a request failed');
  return problem(c, 500, 'internal error; it was logged');
}
