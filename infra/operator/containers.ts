/** Containers of a service on its hosts. */
import { consoleService } from '../../runtime/contract/names.ts';
import { labels, type Part } from '../../runtime/contract/labels.ts';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { didYouMean } from '../../runtime/contract/suggest-name.ts';
import type { StackHost } from '../recovery/stack-hosts.ts';
import type { HostConnections } from '../shell/host-connections.ts';
import type { DeployedStack } from './deployed-stack.ts';

/** A container of a service, as its host lists it. */
export interface ServiceContainer {
  readonly id: string;
  readonly host: string;
  readonly service: string;
  readonly part: string;
  /** Members only; else empty. */
  readonly track: string;
  /** Name for people: the id of a member, `mail@web-1` of a worker, `monitor@web-1` of another part. */
  readonly name: string;
  /** Docker's own words, such as `Up 3 hours (healthy)`. */
  readonly status: string;
}

const separator = '\t';
const columns = [
  '{{.ID}}',
  `{{.Label "${labels.service}"}}`,
  `{{.Label "${labels.part}"}}`,
  `{{.Label "${labels.track}"}}`,
  `{{.Label "${labels.member}"}}`,
  '{{.Status}}',
  `{{.Label "${labels.worker}"}}`,
];

/** Services of a stack, and of the edge that it may share. */
export type StackServices = Pick<DeployedStack, 'service' | 'edgeService'>;

/** Shell command that lists the containers of a stack's services. */
export function listContainers({ service, edgeService }: StackServices): string {
  const format = columns.join(separator);
  return [...new Set([service, edgeService, consoleService(edgeService)])]
    .map(
      (service) =>
        `docker ps --all --no-trunc --filter label=${labels.service}=${service} --format '${format}'`,
    )
    .join(' && ');
}

/** @param printed output of the command of {@link listContainers}. */
export function parseContainers(host: string, printed: string): ServiceContainer[] {
  const lines = printed.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [id = '', service = '', part = '', track = '', member = '', status = '', worker = ''] =
      line.split(separator);
    const name = member || `${worker || part}@${host}`;
    return { id, host, service, part, track, name, status };
  });
}

/** Parts that each service has of its own, also on the hosts of another one. */
const ownParts: readonly string[] = ['app', 'worker', 'hook', 'flags'] satisfies Part[];

/** True for a part that the stack itself runs, and for those of its edge, which other stacks may share. */
export function isOfStack(
  { service, edgeService }: StackServices,
  container: ServiceContainer,
): boolean {
  const part: string = 'console' satisfies Part;
  if (container.part === part) return container.service === consoleService(edgeService);
  return container.service === (ownParts.includes(container.part) ? service : edgeService);
}

/** Returns the containers of a stack on one of its hosts. */
export async function containersOn(
  connections: HostConnections,
  stack: StackServices,
  { name, address }: StackHost,
): Promise<ServiceContainer[]> {
  const script = listContainers(stack);
  const found = parseContainers(name, await connections.run(address, script));
  return found.filter((container) => isOfStack(stack, container));
}

/**
 * Returns the one of several things whose name was given.
 * @param what noun for the error, such as `member`.
 * @throws PerchError `bad_input` with the nearest name.
 */
export function requireNamed<T extends { readonly name: string }>(
  what: string,
  given: string,
  things: readonly T[],
): T {
  const found = things.find(({ name }) => name === given);
  if (found !== undefined) return found;
  const known = things.map(({ name }) => name);
  const all = known.length === 0 ? 'there are none' : `known: ${known.join(', ')}`;
  const near = didYouMean(given, known);
  throw new PerchError('bad_input', `there is no ${what} ${given}${near || `; ${all}`}`);
}
