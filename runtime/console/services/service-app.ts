import { Hono, type Context } from 'hono';
import type { Logger } from 'pino';
import { z } from 'zod';
import { PerchError } from '../../contract/perch-error.ts';
import { parseInput } from '../../core/input/input.ts';
import { badRequest, problem } from '../../web/problem-response.ts';
import { changeRoutes } from '../changes/change-routes.ts';
import { flagRoutes } from '../changes/flag-routes.ts';
import { incidentRoutes } from '../changes/incident-routes.ts';
import { overview, type PageMode } from '../overview.ts';
import { OverviewFeed } from '../overview-feed.ts';
import type { OpenPages } from '../open-pages.ts';
import { OverviewStream } from '../overview-stream.ts';
import { operatorOf, visitorOf, type Visitor } from '../sign-in/visitor.ts';
import {
  chartRanges,
  trafficChart,
  type ChartRange,
  type TrafficChartSources,
} from '../traffic-chart.ts';
import { flagView } from '../views/flag-view.ts';
import type { OpenService } from './open-services.ts';
import type { ServiceParts } from './service-parts.ts';

export interface ServiceAppOptions {
  /** Name of the person who makes the changes, unless a change names another one. */
  readonly operator: string;
  /** True if the page only shows. */
  readonly isReadOnly: boolean;
  /** Pages that people who are signed in have open, of all services. */
  readonly pages: OpenPages;
  readonly logger: Logger;
}

/**
 * API of one service:
 * - `GET /api/overview`: 200 with an `Overview`.
 * - `GET /api/stream`: server-sent events with the parts of the `Overview` as they change.
 * - `GET /api/traffic?range=15m`: 200 with a `TrafficChart`; 400 for an unknown range.
 * - `POST /api/changes`, `POST /api/changes/preview`: see {@link changeRoutes}.
 * - `GET /api/incidents?id=ID`, `POST /api/incidents`, `POST /api/incidents/preview`: see
 *   {@link incidentRoutes}.
 * - `GET /api/flags?key=KEY`, `POST /api/flags`, `POST /api/flags/preview`: see {@link flagRoutes}.
 * - `POST /flags/:key/toggle`: 200 with the flag after the change, 404 for an unknown flag, 409 for a
 *   flag that does not have two variants, 503 while Redis is unavailable.
 */
export function serviceApp(parts: ServiceParts, options: ServiceAppOptions): OpenService {
  const { sources, charts, flagsOf } = parts;
  const { operator, isReadOnly, logger } = options;
  const page = { operator, isReadOnly, person: null };
  const feed = new OverviewFeed({ read: () => overview(sources, page) });
  const stream = new OverviewStream(feed, sources.now, options.pages);
  const app = new Hono<{ Bindings: { visitor: Visitor | undefined } }>();
  app.use(async (c, next) => {
    c.set('visitor', c.env.visitor);
    await next();
  });
  app.get('/api/overview', async (c) => {
    c.header('cache-control', 'no-store');
    return c.json(await overview(sources, pageOf(c, page)));
  });
  app.get('/api/stream', (c) => stream.respond(c, pageOf(c, page)));
  app.get('/api/traffic', async (c) => chart(c, charts));
  app.route('/api/changes', changeRoutes({ ...parts, operator }));
  app.route('/api/incidents', incidentRoutes({ ...parts, operator, now: sources.now }));
  app.route('/api/flags', flagRoutes({ ...parts, operator }));
  app.post('/flags/:key/toggle', async (c) =>
    toggle(c, c.req.param('key'), flagsOf(operatorOf(c, operator))),
  );
  app.notFound((c) => problem(c, 404, 'nothing is at this path'));
  app.onError((error, c) => failed(c, error, logger));
  return {
    fetch: (request, visitor) => app.fetch(request, { visitor }),
    followers: () => feed.followers,
    stop: async () => {
      await feed.stop();
      await parts.stop();
    },
  };
}

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
  store: ReturnType<ServiceParts['flagsOf']>,
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

/** Response to an error that no route has handled. */
export function failed(c: Context, error: Error, logger: Logger): Response {
  if (error instanceof PerchError) {
    logger.warn({ code: error.code, reason: error.message }, 'a request failed');
    c.header('retry-after', '1');
    return problem(c, 503, error.message);
  }
  logger.error({ err: error, path: c.req.path }, 'a request failed');
  return problem(c, 500, 'internal error; it was logged');
}
