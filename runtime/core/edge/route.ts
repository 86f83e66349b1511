import { z } from 'zod';
import { healthHostProblem } from '../../contract/health-host.ts';
import { mostHstsSeconds, tlsModes } from '../../contract/edge.ts';
import { hostNameProblem, isWildcard, mostHosts } from '../../contract/host-name.ts';
import { pathPrefixProblem } from '../../contract/path-prefix.ts';
import { inputProblemsText, parseInput } from '../input/input.ts';
import { nameSchema } from '../input/name-schema.ts';
import { PerchError } from '../../contract/perch-error.ts';

const checked = (problemOf: (text: string) => string | undefined) =>
  z.string('must be a text').superRefine((text, context) => {
    const problem = problemOf(text);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });

const hostCount = `must be a list of 1 to ${mostHosts} host names`;
const hostsSchema = z
  .array(checked(hostNameProblem), hostCount)
  .min(1, hostCount)
  .max(mostHosts, hostCount)
  .superRefine((hosts, context) => {
    for (const [index, host] of hosts.entries()) {
      if (hosts.indexOf(host) === index) continue;
      context.addIssue({ code: 'custom', path: [index], message: 'must stand in the list once' });
    }
  });

const pathRule = 'must be a path that begins with /';
const assetRule = 'must be paths that begin with /';
const hstsRule = `must be a whole number of seconds from 0 to ${mostHstsSeconds}`;

/** A route as it is registered: every field is known and good. */
const routeSchema = z.strictObject({
  service: nameSchema(),
  hosts: hostsSchema,
  pathPrefix: checked(pathPrefixProblem).optional(),
  /** Path of the members' health check. Default: the proxies' own. */
  healthPath: z
    .string(pathRule)
    .regex(/^\/[!-~]{0,199}$/, pathRule)
    .optional(),
  /** Host of the members' health check. Default: the member's address. */
  healthHost: checked(healthHostProblem).optional(),
  /** Beginnings of paths of assets, which another version is asked for. Default: none. */
  assetPaths: z
    .array(z.string(assetRule).regex(/^\/[!-"$-~]{0,199}$/, assetRule))
    .max(20)
    .optional(),
  tls: z.enum(tlsModes, `must be one of ${tlsModes.join(', ')}`),
  hstsSeconds: z.int(hstsRule).min(0, hstsRule).max(mostHstsSeconds, hstsRule).optional(),
});

/** A route as it may be given: http-01 proves no wildcard (RFC 8555 section 7.1.3). */
const givenRouteSchema = routeSchema.superRefine(({ hosts, tls }, context) => {
  if (tls !== 'acme') return;
  for (const [index, host] of hosts.entries()) {
    if (!isWildcard(host)) continue;
    const message = 'must be no wildcard with tls acme, which proves single names';
    context.addIssue({ code: 'custom', path: ['hosts', index], message });
  }
});

/**
 * A route as it is stored. Another version of Perch may have written it, with fields and ways of TLS
 * that this one does not know: it keeps them.
 */
export const storedRouteSchema = routeSchema
  .extend({
    tls: z.string(),
    /** Time of the registration by Redis' clock. */
    updatedAt: z.int().min(0).default(0),
  })
  .loose();

/** Host names and path prefix that belong to a service, and how their TLS is done. */
export type EdgeRoute = z.infer<typeof routeSchema>;
export type StoredRoute = z.infer<typeof storedRouteSchema>;

/**
 * Returns the route that a value is.
 * @throws PerchError `bad_input` with every problem: field, rule and value.
 */
export function requireRoute(value: unknown): EdgeRoute {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new PerchError('bad_input', 'route must be a JSON object');
  }
  const parsed = parseInput(givenRouteSchema, value);
  if (parsed.ok) return parsed.value;
  throw new PerchError('bad_input', `route: ${inputProblemsText(parsed.problems)}`);
}
