import { consoleService } from '../contract/names.ts';
import { PerchError } from '../contract/perch-error.ts';
import { didYouMean } from '../contract/suggest-name.ts';
import { hostsOf } from '../core/release/host-transitions.ts';
import type { ReleaseDocument } from '../core/release/release-document.ts';
import type { Transition } from '../core/release/transitions.ts';
import { EdgeReports } from '../store/edge/edge-reports.ts';
import { ServiceRegistry } from '../store/edge/service-registry.ts';
import { isRunByDeployment, noRelease } from './absence.ts';
import { sessionOf, type Session } from './session.ts';

/** A service with members on a host, and its release. */
export interface ServiceOnHost {
  readonly session: Session;
  readonly document: ReleaseDocument;
}

/**
 * Returns the services that have members on a host, the session's own first. The service of a host
 * stack comes with its guests and its console; a guest comes alone, because the others are not its.
 * @throws PerchError `not_found` with the nearest name if no service has a member on the host.
 */
export async function servicesOnHost(session: Session, host: string): Promise<ServiceOnHost[]> {
  const { service } = session;
  const registered = await registeredServices(session);
  const others =
    registered.includes(service) || (await isForgottenGuest(session)) ? [] : registered;
  const read = await Promise.all(
    [session, ...others.map((other) => sessionOf(session, other))].map(documentsOf),
  );
  const all = read.flat();
  if (!isRunByDeployment() && all.every((one) => one.session !== session)) {
    throw await noRelease(session);
  }
  const known = [...new Set(all.flatMap(({ document }) => hostsOf(document)))].sort();
  if (!known.includes(host)) throw unknownHost(host, known);
  return all.filter(({ document }) => hostsOf(document).includes(host));
}

/** True for the console of the session's service. Its one member is down while its host is. */
export function isConsole({ session }: ServiceOnHost, own: Session): boolean {
  return session.service === consoleService(own.service);
}

/** Refuses a host that has no member, with the nearest name. */
export function onKnownHost(
  host: string,
  transition: (document: ReleaseDocument) => Transition,
): (document: ReleaseDocument) => Transition {
  return (document) => {
    const known = hostsOf(document);
    if (known.includes(host)) return transition(document);
    throw unknownHost(host, known);
  };
}

function unknownHost(host: string, known: readonly string[]): PerchError {
  return new PerchError('not_found', `host ${host} has no member${didYouMean(host, known)}`);
}

/** True for a guest that is not registered, as after Redis was lost: live proxies are another service's. */
async function isForgottenGuest({ redis, service }: Session): Promise<boolean> {
  const edges = await new EdgeReports(redis).edgeServices();
  return edges.length > 0 && !edges.includes(service);
}

/** None for a guest's own user of Redis, which reaches the keys of its service only. */
async function registeredServices({ redis, service }: Session): Promise<string[]> {
  try {
    const names = await new ServiceRegistry(redis).list();
    return names.toSorted();
  } catch (error) {
    if (error instanceof PerchError && error.code === 'redis_refused') return [service];
    throw error;
  }
}

/** @throws PerchError `document_invalid` for a release that cannot be read. */
async function documentsOf(session: Session): Promise<ServiceOnHost[]> {
  const read = await session.releases.read();
  if (read.kind === 'invalid') throw read.problem;
  return read.kind === 'absent' ? [] : [{ session, document: read.document }];
}
