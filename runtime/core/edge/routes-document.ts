import { z } from 'zod';
import { PerchError } from '../../contract/perch-error.ts';
import { routeConflicts } from './route-conflicts.ts';
import { storedRouteSchema, type EdgeRoute, type StoredRoute } from './route.ts';

export const mostRoutesBytes = 1_048_576;
/** Most services that one edge serves. */
const mostRoutes = 200;

const documentSchema = z.looseObject({
  /** Version number, one higher with every stored change. */
  generation: z.int().min(1),
  routes: z
    .array(storedRouteSchema)
    .max(mostRoutes, `must hold at most ${mostRoutes} routes`)
    .superRefine((routes, context) => {
      for (const [index, route] of routes.entries()) {
        const before = routes.slice(0, index);
        if (before.some(({ service }) => service === route.service)) {
          const message = `must not hold two routes of service ${route.service}`;
          context.addIssue({ code: 'custom', message });
        }
        for (const message of routeConflicts(route, before))
          context.addIssue({ code: 'custom', path: [index, 'hosts'], message });
      }
    }),
});

/** The one versioned document that says which hosts belong to whom (Redis key `perch:routes`). */
export type RoutesDocument = z.infer<typeof documentSchema>;

export type RoutesChange =
  | { readonly kind: 'changed'; readonly document: RoutesDocument }
  | { readonly kind: 'unchanged' }
  /** Another service holds a host, or the document is full. */
  | { readonly kind: 'refused'; readonly rule: string };

export const noRoutes: RoutesDocument = { generation: 0, routes: [] };

/**
 * Parses a stored document, all or nothing.
 * @throws PerchError `document_invalid`, with every problem and its path.
 */
export function parseRoutesDocument(json: string): RoutesDocument {
  const bytes = Buffer.byteLength(json);
  if (bytes > mostRoutesBytes) {
    throw invalid(`must be at most ${mostRoutesBytes} bytes, got ${bytes}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw invalid('must be JSON', cause);
  }
  const parsed = documentSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'document'}: ${message}`,
  );
  throw invalid(problems.join('; '));
}

/** Document with a service's route, which replaces its last one. */
export function setRoute(document: RoutesDocument, route: EdgeRoute, nowMs: number): RoutesChange {
  const conflicts = routeConflicts(route, document.routes);
  if (conflicts.length > 0) return { kind: 'refused', rule: conflicts.join('; ') };
  const before = document.routes.find(({ service }) => service === route.service);
  if (before !== undefined && isSame(before, route)) return { kind: 'unchanged' };
  const others = document.routes.filter((other) => other !== before);
  if (others.length >= mostRoutes) {
    return { kind: 'refused', rule: `an edge serves at most ${mostRoutes} services` };
  }
  return next(document, [...others, { ...route, updatedAt: nowMs }]);
}

/** Document without the route of a service. */
export function removeRoute(document: RoutesDocument, service: string): RoutesChange {
  const left = document.routes.filter((route) => route.service !== service);
  return left.length === document.routes.length ? { kind: 'unchanged' } : next(document, left);
}

/**
 * Document after Redis lost changes that a proxy still knows: of each service the route that was
 * registered last. A route that was removed meanwhile comes back, rather than one being lost.
 */
export function rejoinedRoutes(stored: RoutesDocument, known: RoutesDocument): RoutesDocument {
  const newest = [...stored.routes, ...known.routes].toSorted((a, b) => b.updatedAt - a.updatedAt);
  const routes = newest.reduce<StoredRoute[]>((kept, route) => {
    const isKnown = kept.some(({ service }) => service === route.service);
    return isKnown || routeConflicts(route, kept).length > 0 ? kept : [...kept, route];
  }, []);
  return next({ ...known, generation: Math.max(stored.generation, known.generation) }, routes)
    .document;
}

function next(document: RoutesDocument, routes: readonly StoredRoute[]) {
  const sorted = routes.toSorted((a, b) => (a.service < b.service ? -1 : 1));
  const changed = { ...document, generation: document.generation + 1, routes: sorted };
  return { kind: 'changed', document: changed } as const;
}

/** True if the stored route says the same, whatever another version added to it. */
function isSame(stored: StoredRoute, route: EdgeRoute): boolean {
  return fieldsOf(stored) === fieldsOf(route);
}

function fieldsOf(route: EdgeRoute | StoredRoute): string {
  const { service, hosts, pathPrefix, healthPath, healthHost, assetPaths, tls, hstsSeconds } =
    route;
  const fields = [service, hosts, pathPrefix, healthPath, healthHost, assetPaths, tls, hstsSeconds];
  return JSON.stringify(fields);
}

function invalid(rule: string, cause?: unknown): PerchError {
  return new PerchError('document_invalid', `routes: ${rule}`, { cause });
}
