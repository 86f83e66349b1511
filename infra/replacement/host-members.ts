/** Members of all services on a host, before and after the host is changed. Pure. */
import type { HostStatus } from './stack-access.ts';

/** A service of a stack's hosts, with what its monitors say. */
export interface HostedService {
  readonly service: string;
  readonly kind: 'own' | 'console' | 'guest';
  readonly status: HostStatus;
}

type ListedMember = NonNullable<HostStatus['release']>['members'][number];

/** Members that serve, or would if their host were not changed. */
function servingMembers({ status }: HostedService): ListedMember[] {
  const members = status.release?.members ?? [];
  return members.filter(({ state, drainsWithHost }) => state === 'active' || drainsWithHost);
}

/** True if members of the host are drained to change it. */
export function isDrained(services: readonly HostedService[], host: string): boolean {
  return services
    .flatMap(servingMembers)
    .some((member) => member.host === host && member.state !== 'active');
}

/** Reason why requests of a guest fail while the host is down; undefined if none does. */
export function guestOutage(services: readonly HostedService[], host: string): string | undefined {
  const alone = services
    .filter(({ kind }) => kind === 'guest')
    .filter((service) => {
      const stable = servingMembers(service).filter(({ track }) => track === 'stable');
      return stable.length > 0 && stable.every((member) => member.host === host);
    })
    .map(({ service }) => service);
  return alone.length === 0 ? undefined : `it has all stable members of ${alone.join(', ')}`;
}

/** Ids of the members that a host must have again once it is changed, by service. */
export type ExpectedMembers = ReadonlyMap<string, readonly string[]>;

export function expectedMembers(services: readonly HostedService[], host: string): ExpectedMembers {
  return new Map(
    services.map((service) => [
      service.service,
      servingMembers(service).flatMap((member) => (member.host === host ? [member.id] : [])),
    ]),
  );
}

/** Reason why the members of a host do not serve as they did; undefined if they do. */
export function membersProblem(
  services: readonly HostedService[],
  host: string,
  expected: ExpectedMembers,
): string | undefined {
  const problems = services.flatMap(({ service, kind, status }) => {
    const members = status.release?.members ?? [];
    const idle = (expected.get(service) ?? []).flatMap((id) => {
      const state = members.find((member) => member.id === id)?.state ?? 'gone';
      return state === 'active' ? [] : [`member ${id} of ${service} is ${state}`];
    });
    const isSilent = kind === 'own' && status.silentHosts.includes(host);
    return isSilent ? [...idle, 'its monitor is silent'] : idle;
  });
  return problems.length === 0 ? undefined : `host ${host}: ${problems.join('; ')}`;
}
