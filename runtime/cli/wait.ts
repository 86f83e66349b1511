import { setTimeout as delay } from 'node:timers/promises';
import { PerchError } from '../contract/perch-error.ts';
import { silentProxies } from '../core/release/known-proxy.ts';
import type { ProxyReport, ProxyReports } from '../store/release/proxy-reports.ts';
import type { RoutesDocument } from '../core/edge/routes-document.ts';
import type { EdgeReports } from '../store/edge/edge-reports.ts';
import type { RoutesStore } from '../store/edge/routes-store.ts';
import type { ReleaseStore } from '../store/release/release-store.ts';

const pollEveryMs = 100;
/**
 * Time for which a proxy without a report may still be live, milliseconds. All reports expire while
 * Redis is down, or when its clock jumps; a live proxy is back within this time.
 */
const silentForMs = 5_000;
/** Interval of a live proxy's reports, milliseconds. */
const reportEveryMs = 1_000;

/** Stores of one service. */
interface Stores {
  readonly reports: Pick<ProxyReports, 'list' | 'known'>;
  readonly releases: Pick<ReleaseStore, 'requireNewest'>;
}

/** Edge of a service, as a command sees it. */
interface EdgeStores {
  readonly service: string;
  readonly reports: Pick<ProxyReports, 'known' | 'knownForMs'>;
  readonly edge: Pick<EdgeReports, 'list' | 'known' | 'knownForMs'>;
  readonly routes: Pick<RoutesStore, 'read'>;
}

/**
 * Gives live proxies time to report if Redis has known proxies for a short time only, or knows none:
 * it may have lost all that it knew, meanwhile even again. No proxy has anything to report of a
 * service that has left its edge.
 */
export async function untilReported(stores: EdgeStores): Promise<void> {
  const { reports } = stores;
  let knownForMs = await reports.knownForMs();
  if (knownForMs < silentForMs && (await hasLeft(stores))) return;
  let waitedMs = 0;
  while (Math.max(knownForMs, waitedMs) < silentForMs) {
    await delay(reportEveryMs);
    const before = knownForMs;
    knownForMs = await reports.knownForMs();
    waitedMs = knownForMs < before ? 0 : waitedMs + reportEveryMs;
  }
}

/**
 * True if no proxy serves the service any more: it has no route, every proxy of the edge is live and
 * goes by routes without it, and none reports requests of it. Only proxies that Redis has known for
 * long say so.
 */
export async function hasLeft({ service, reports, edge, routes }: EdgeStores): Promise<boolean> {
  const read = await readRoutes(routes);
  if (read === undefined || read.generation === 0) return false;
  if (read.routes.some((route) => route.service === service)) return false;
  // What is read after the routes is at least as new as they are.
  const live = await edge.list();
  const known = await edge.known();
  const ids = live.map(({ id }) => id);
  const isSettled =
    live.length > 0 &&
    live.every(({ routesGeneration = 0 }) => routesGeneration >= read.generation) &&
    silentProxies(known, ids).length === 0 &&
    (await edge.knownForMs()) >= silentForMs;
  // A proxy goes on reporting requests of a service without a route until they have ended.
  return isSettled && (await reports.known()).length === 0;
}

/** Routes that are stored; undefined if they cannot be read: proxies then go by their last good ones. */
async function readRoutes(routes: EdgeStores['routes']): Promise<RoutesDocument | undefined> {
  try {
    return await routes.read();
  } catch (error) {
    if (error instanceof PerchError && error.code === 'document_invalid') return undefined;
    throw error;
  }
}

/**
 * Waits until every live proxy applies `generation` or a later one. Returns at once without a known
 * proxy.
 * @param deadline - milliseconds on the clock of `performance.now()`.
 * @throws PerchError `not_applied` with the proxies that do not apply it at the deadline;
 *   `document_lost` if live proxies apply a newer document than Redis holds.
 */
export async function untilApplied(
  { reports, releases }: Stores,
  generation: number,
  deadline: number,
): Promise<void> {
  // Whatever a proxy applies that reports another condition, it is not what Redis holds.
  const isLate = (report: ProxyReport) =>
    report.generation < generation || report.condition !== 'fresh';
  const late = await untilNone(reports, deadline, isLate);
  await releases.requireNewest();
  if (late.length === 0) return;
  const names = late.map((report) => `${report.id} (${stateOf(report)})`).join(', ');
  throw new PerchError('not_applied', `generation ${generation} is not applied yet by ${names}`);
}

/**
 * Waits until every live proxy routes by the routes of `generation` or later ones. A proxy of an
 * older version says nothing of routes, and is not waited for.
 * @param deadline - milliseconds on the clock of `performance.now()`.
 * @throws PerchError `not_applied` with the proxies that do not.
 */
export async function untilRouted(
  { reports }: Pick<Stores, 'reports'>,
  generation: number,
  deadline: number,
): Promise<void> {
  const isLate = ({ condition, routesGeneration }: ProxyReport) =>
    condition === silent || (routesGeneration !== undefined && routesGeneration < generation);
  const late = await untilNone(reports, deadline, isLate);
  if (late.length === 0) return;
  const names = late.map(
    ({ id, routesGeneration }) => `${id} (${routesGeneration ?? 'no report'})`,
  );
  throw new PerchError(
    'not_applied',
    `generation ${generation} of the routes is not applied yet by ${names.join(', ')}`,
  );
}

/**
 * Waits until every live proxy applies the maintenance of this time or a later one.
 * @param deadline - milliseconds on the clock of `performance.now()`.
 * @returns the ids of those proxies, and of those of an older version, which know no maintenance.
 * @throws PerchError `not_applied` with the proxies that do not.
 */
export async function untilMaintained(
  { reports }: Pick<Stores, 'reports'>,
  at: number,
  deadline: number,
): Promise<{ readonly applied: string[]; readonly unaware: string[] }> {
  const isLate = ({ condition, maintenance }: ProxyReport) =>
    condition === silent || (maintenance !== undefined && maintenance.at < at);
  const late = await untilNone(reports, deadline, isLate);
  if (late.length > 0) {
    const names = late.map(({ id }) => id).join(', ');
    throw new PerchError(
      'not_applied',
      `the maintenance is stored, but not applied yet by ${names}`,
    );
  }
  const live = await reports.list();
  const idsOf = (isAware: boolean) =>
    live.filter(({ maintenance }) => (maintenance !== undefined) === isAware).map(({ id }) => id);
  return { applied: idsOf(true), unaware: idsOf(false) };
}

/**
 * Waits until every live proxy that takes certificates from Redis serves https by `revision` of a
 * service's own certificate.
 * @param deadline - milliseconds on the clock of `performance.now()`.
 * @returns the ids of those proxies.
 * @throws PerchError `not_applied` with the proxies that do not.
 */
export async function untilPresented(
  { reports }: Pick<Stores, 'reports'>,
  { service, revision }: { readonly service: string; readonly revision: number },
  deadline: number,
): Promise<string[]> {
  const isLate = ({ condition, ownCertificates }: ProxyReport) =>
    condition === silent ||
    (ownCertificates !== undefined && (ownCertificates[service]?.revision ?? 0) < revision);
  const late = await untilNone(reports, deadline, isLate);
  if (late.length > 0) {
    const names = late.map(({ id }) => id).join(', ');
    const what = `the certificate of ${service} is stored, but not applied yet`;
    throw new PerchError('not_applied', `${what} by ${names}`);
  }
  const live = await reports.list();
  return live
    .filter(({ ownCertificates }) => (ownCertificates?.[service]?.revision ?? 0) >= revision)
    .map(({ id }) => id);
}

/**
 * Waits until no live proxy has a request in flight to a member.
 * @param drained - the member's id and the generation in which it is draining. A report of an older
 *   one, which may arrive late, says nothing of requests that have begun since.
 * @param deadline - milliseconds on the clock of `performance.now()`.
 * @throws PerchError `not_drained` with the number of requests in flight at the deadline.
 */
export async function untilDrained(
  { reports }: Pick<Stores, 'reports'>,
  { id, generation }: { readonly id: string; readonly generation: number },
  deadline: number,
): Promise<void> {
  const isBusy = (report: ProxyReport) =>
    (report.inFlight[id] ?? 0) > 0 || report.generation < generation;
  const busy = await untilNone(reports, deadline, isBusy);
  if (busy.length === 0) return;
  const requests = busy.reduce((sum, { inFlight }) => sum + (inFlight[id] ?? 0), 0);
  const text =
    requests === 0
      ? `member ${id} may have requests in flight: ${busy.map(({ id }) => id).join(', ')} did not report`
      : `member ${id} still has ${requests} requests in flight after the timeout`;
  throw new PerchError('not_drained', text);
}

function stateOf({ generation, condition }: ProxyReport): string {
  if (condition === silent) return 'no report';
  return condition === 'fresh'
    ? `generation ${generation}`
    : `generation ${generation}, ${condition}`;
}

/** Condition of a known proxy that may be live, although Redis holds no report of it. */
const silent = 'silent';

/** Waits until no report matches; returns those that still match at the deadline. */
async function untilNone(
  reports: Stores['reports'],
  deadline: number,
  matches: (report: ProxyReport) => boolean,
): Promise<ProxyReport[]> {
  const silentUntil = performance.now() + silentForMs;
  for (;;) {
    const [live, known] = await Promise.all([reports.list(), reports.known()]);
    const ids = live.map(({ id }) => id);
    const lost = performance.now() < silentUntil ? silentProxies(known, ids) : [];
    const matching = [...live, ...lost.map(silentReport)].filter(matches);
    if (matching.length === 0 || performance.now() >= deadline) return matching;
    await delay(pollEveryMs);
  }
}

function silentReport({ id }: Pick<ProxyReport, 'id'>): ProxyReport {
  return { id, generation: 0, condition: silent, inFlight: {}, memberHealth: {} };
}
