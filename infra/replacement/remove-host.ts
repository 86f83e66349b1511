/**
 * Removal of a host from a stack's state, so that the next update makes everything on it anew. Nothing
 * on a dead host can be deleted, and what was on a machine goes with the machine. Pure.
 */
import {
  addressOf,
  controlAddressesOf,
  sshHostsOf,
  sshHostTypes,
  isSameAddress,
  type SshStackHost,
} from '../recovery/control-address.ts';
import {
  createScript,
  isControlCommand,
  isOfApplication,
  type EditableResource,
  type EditableState,
} from '../recovery/editable-state.ts';
import { nameOf } from '../recovery/exported-state.ts';
import type { ControlAddress } from '../shell/control-shell.ts';

const machineTypes = ['aws:ec2/instance:Instance', 'digitalocean:index/droplet:Droplet'];
const hostKeyType = 'random:index/randomBytes:RandomBytes';

export interface HostRemoval {
  readonly state: EditableState;
  /** Ids of the application's members that ran on the host. */
  readonly memberIds: readonly string[];
  /** Ids of the console, which is a service of its own. */
  readonly consoleMemberIds: readonly string[];
  /** `TYPE NAME` of what the state holds no more, for messages. */
  readonly removed: readonly string[];
  /** URNs of a cloud's machine that the next update replaces; empty on target server. */
  readonly machines: readonly string[];
  /** URNs of the host itself, without its members and proxies: what must be there before those. */
  readonly foundation: readonly string[];
}

/**
 * Removes what was on a host. A cloud's machine stays in the state as one that the next update
 * deletes at its end: that update makes the new one first, with a new image and a new host key, which
 * the program otherwise ignores as changes of a running machine.
 * @param host name of the host.
 * @param guest service of the stack, if its hosts are those of another one. Its registrations are then
 * made again too, because the host may have carried Redis.
 */
export function removeHost(state: EditableState, host: string, guest?: string): HostRemoval {
  const { resources } = state.deployment;
  const { machines, parts, own, members, isOnHost } = partsOf(resources, host, guest);
  const isForgotten = guest !== undefined || carriesRedis(state, host);
  const lost = isForgotten ? registrationsIn(resources) : [];
  const gone = new Set([...own, ...members.resources, ...lost]);
  const left = without(state, gone, isOnHost);
  const doomed = new Set(machines.map(({ urn }) => urn));
  const foundation = [...own, ...parts].filter((resource) => isFoundation(resource, resources));
  return {
    state: {
      ...left,
      deployment: {
        ...left.deployment,
        resources: left.deployment.resources.map((resource) =>
          doomed.has(resource.urn) ? { ...resource, delete: true } : resource,
        ),
      },
    },
    memberIds: members.ids,
    consoleMemberIds: members.consoleIds,
    removed: [...gone].map((resource) => `${resource.type} ${nameOf(resource)}`),
    machines: [...doomed],
    foundation: [...new Set(foundation.map(({ urn }) => urn))],
  };
}

/**
 * Removes what a Redis that is new does not know, so that the next update registers it again.
 * @returns undefined if the stack registers nothing.
 */
export function withoutRegistrations(state: EditableState): EditableState | undefined {
  const registrations = registrationsIn(state.deployment.resources);
  return registrations.length === 0 ? undefined : without(state, new Set(registrations));
}

/**
 * Removes resources, and every reference to them.
 * @param isLost true for resources whose pending operations go too, though the state has them not yet.
 */
function without(
  state: EditableState,
  gone: ReadonlySet<EditableResource>,
  isLost: (resource: EditableResource) => boolean = () => false,
): EditableState {
  const { resources, pending_operations: pending } = state.deployment;
  const urns = new Set([...gone].map(({ urn }) => urn));
  // A replaced resource has the URN of its successor: it counts as gone only if both are.
  for (const resource of resources) {
    if (!gone.has(resource)) urns.delete(resource.urn);
  }
  const left = resources
    .filter((resource) => !gone.has(resource))
    .map((resource) => withoutReferences(resource, urns));
  const leftPending = (pending ?? [])
    .filter(({ resource }) => !urns.has(resource.urn) && !isLost(resource))
    .map((operation) => ({
      ...operation,
      resource: withoutReferences(operation.resource, urns),
    }));
  return {
    ...state,
    deployment: { ...state.deployment, resources: left, pending_operations: leftPending },
  };
}

/** URNs of what an update must leave as it is while a host does not answer: the host, and all on it. */
export function urnsOnHost({ deployment: { resources } }: EditableState, host: string): string[] {
  const { own, members, parts } = partsOf(resources, host);
  return [...new Set([...own, ...members.resources, ...parts].map(({ urn }) => urn))];
}

/** The resources of a host, of its machine and of its members. */
function partsOf(resources: readonly EditableResource[], host: string, guest?: string) {
  const component = resources.find(
    ({ type, urn }) => sshHostTypes.includes(type) && nameOf({ urn }) === host,
  );
  const engines = resources.filter(
    ({ type, parent }) => type === 'pulumi:providers:docker' && parent === component?.urn,
  );
  const isOnHost = ({ provider }: EditableResource) =>
    engines.some(({ urn }) => provider?.startsWith(`${urn}::`) === true);
  const ready = resources.filter(
    ({ type, parent }) => type === 'command:remote:Command' && parent === component?.urn,
  );
  const { machines, keys, parts } = machineOf(resources, ready);
  const members = membersOf(resources, host, guest);
  const commands = ready[0] === undefined ? [] : commandsAt(resources, addressOf(ready[0]));
  const own = [...resources.filter(isOnHost), ...engines, ...ready, ...commands, ...keys];
  return { machines, parts, own, members, isOnHost };
}

/** Commands on a host itself: pulls of its images, and waits for its containers. */
function commandsAt(
  resources: readonly EditableResource[],
  host: ControlAddress | undefined,
): EditableResource[] {
  return resources.filter((resource) => {
    if (resource.type !== 'command:remote:Command' || isControlCommand(resource)) return false;
    const address = addressOf(resource);
    return address !== undefined && host !== undefined && isSameAddress(address, host);
  });
}

/** True if the stack's Redis ran in a container of this host. */
export function carriesRedis(state: EditableState, host: string): boolean {
  const { resources } = state.deployment;
  const redis = resources.find(({ type }) => type === 'perch:service:Redis');
  const container = resources.find(
    ({ type, parent }) => type.endsWith(':Container') && parent === redis?.urn,
  );
  if (redis === undefined) return false;
  if (container === undefined) return isControlHost(state, host);
  const engine = resources.find(({ urn }) => container.provider?.startsWith(`${urn}::`) === true);
  return nameOf({ urn: engine?.parent ?? '' }) === host;
}

/**
 * True if `perch` commands run on the host. Where Redis is in a container they run on its host: that says
 * which one it was after an interrupted replacement has removed the container from the state, and with
 * it the host's own address.
 */
function isControlHost(state: EditableState, host: string): boolean {
  const controls = controlAddressesOf(state);
  const hosts = sshHostsOf(state);
  const hasControl = ({ address }: SshStackHost) =>
    address !== undefined && controls.some((control) => isSameAddress(control, address));
  const own = hosts.find(({ name }) => name === host);
  return own?.address === undefined ? !hosts.some(hasControl) : hasControl(own);
}

/** The cloud's machine of a host, its host key, and what belongs to it, such as a fixed address. */
function machineOf(
  resources: readonly EditableResource[],
  ready: readonly EditableResource[],
): Readonly<Record<'machines' | 'keys' | 'parts', readonly EditableResource[]>> {
  const needed = new Set(ready.flatMap(({ dependencies }) => dependencies ?? []));
  const keys = resources.filter(({ type, urn }) => type === hostKeyType && needed.has(urn));
  const parents = new Set(keys.map(({ parent }) => parent));
  const parts = resources.filter(
    ({ parent, delete: isPending }) => parents.has(parent) && isPending !== true,
  );
  return { machines: parts.filter(({ type }) => machineTypes.includes(type)), keys, parts };
}

/** Commands whose effect is lost with Redis: the next update must register everything again. */
function registrationsIn(resources: readonly EditableResource[]): EditableResource[] {
  return resources
    .filter(isControlCommand)
    .filter((command) =>
      / perch (route|certificate|service) set /.test(`${createScript(command)} `),
    );
}

/** Commands and random ids of the members of a host. Their containers are found by their engine. */
function membersOf(resources: readonly EditableResource[], host: string, guest?: string) {
  const commands = resources.filter(isControlCommand);
  const reservations = commands.filter(
    (command) =>
      /perch member reserve /.test(createScript(command)) && names(command, 'host', host),
  );
  const ids = idsOf(reservations);
  const parents = new Set(reservations.map(({ parent }) => parent));
  const activations = commands.filter(
    (command) =>
      /perch member activate /.test(createScript(command)) && ids.includes(wordOf(command, 'id')),
  );
  const suffixes = resources.filter(
    ({ type, parent }) => type === 'random:index/randomId:RandomId' && parents.has(parent),
  );
  return {
    ids: idsOf(reservations.filter((command) => isOfApplication(command, guest))),
    consoleIds: idsOf(reservations.filter((command) => !isOfApplication(command, guest))),
    resources: [...reservations, ...activations, ...suffixes],
  };
}

/** Ids of members that commands name, each once. */
function idsOf(commands: readonly EditableResource[]): string[] {
  return [...new Set(commands.map((command) => wordOf(command, 'id')))];
}

/** Value of an option in a command's script; empty if it has none. */
function wordOf(command: EditableResource, option: string): string {
  return new RegExp(` --${option}=(\\S+)`).exec(createScript(command))?.[1] ?? '';
}

function names(command: EditableResource, option: string, value: string): boolean {
  return wordOf(command, option) === value;
}

const serving = ['perch:service:Proxy', 'perch:service:App', 'perch:service:Console'];

/** True for what a host, its Redis and its monitor consist of. */
function isFoundation(
  { type, parent = '' }: EditableResource,
  resources: readonly EditableResource[],
): boolean {
  const owner = resources.find(({ urn }) => urn === parent);
  if (serving.includes(owner?.type ?? '')) return false;
  return type !== 'docker:index/image:Image';
}

function withoutReferences(
  resource: EditableResource,
  urns: ReadonlySet<string>,
): EditableResource {
  const { dependencies, propertyDependencies, deletedWith, replaceWith, ...rest } = resource;
  const left = (list: readonly string[]) => list.filter((urn) => !urns.has(urn));
  return {
    ...rest,
    ...(dependencies && { dependencies: left(dependencies) }),
    ...(propertyDependencies && {
      propertyDependencies: Object.fromEntries(
        Object.entries(propertyDependencies).map(([name, list]) => [name, left(list ?? [])]),
      ),
    }),
    ...(replaceWith && { replaceWith: left(replaceWith) }),
    ...(deletedWith !== undefined && !urns.has(deletedWith) && { deletedWith }),
  };
}
