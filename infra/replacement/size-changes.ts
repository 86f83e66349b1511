/** Machines that do not have the configured size, in the order in which they are changed. Pure. */
import { architectureOfSize } from '../../runtime/contract/architecture.ts';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { defaultSize } from '../config/default-size.ts';
import { sshHostsOf } from '../recovery/control-address.ts';
import {
  createScript,
  isControlCommand,
  isOfApplication,
  type EditableResource,
  type EditableState,
} from '../recovery/editable-state.ts';
import { nameOf, plain } from '../recovery/exported-state.ts';
import { carriesRedis } from './remove-host.ts';

export interface SizeChange {
  /** Name of the host. */
  readonly host: string;
  readonly from: string;
  readonly to: string;
  /** Reason why requests fail while the machine restarts; undefined if none does. */
  readonly outage: string | undefined;
}

interface MachineKind {
  readonly type: string;
  /** Input with the size. */
  readonly field: string;
  /** Size where `perch:size` is not set. */
  readonly fallback: string;
}

/** Machines by target. Those of target server are not Perch's to change. */
const machineKinds: Readonly<Record<string, MachineKind>> = {
  aws: { type: 'aws:ec2/instance:Instance', field: 'instanceType', fallback: defaultSize.aws },
  digitalocean: {
    type: 'digitalocean:index/droplet:Droplet',
    field: 'size',
    fallback: defaultSize.digitalocean,
  },
};

/**
 * The host with Redis comes last: whatever is wrong with the size shows on the others first.
 * @param wanted value of `perch:size`; undefined or empty: the target's own.
 * @throws PerchError `bad_input` for a size of another architecture; `unsupported` on a target without machines of Perch's own.
 */
export function sizeChanges(
  state: EditableState,
  target: string,
  wanted: string | undefined,
): SizeChange[] {
  const kind = machineKinds[target];
  if (kind === undefined) {
    throw new PerchError(
      'unsupported',
      `resize works on targets aws and digitalocean, got ${target}`,
    );
  }
  const to = wanted === undefined || wanted === '' ? kind.fallback : wanted;
  const { resources } = state.deployment;
  const changes = sshHostsOf(state).flatMap(({ name: host }) => {
    const from = plain(machineOf(resources, host, kind)?.inputs?.[kind.field]);
    if (typeof from !== 'string' || from === to) return [];
    if (target === 'aws') requireSameArchitecture(host, from, to);
    return [{ host, from, to, outage: outageOf(state, host) }];
  });
  // The state has the hosts in the order in which they happened to be registered.
  return changes.toSorted(
    (a, b) =>
      Number(carriesRedis(state, a.host)) - Number(carriesRedis(state, b.host)) ||
      a.host.localeCompare(b.host, 'en', { numeric: true }),
  );
}

/** @throws PerchError `bad_input` for a size that the machine's disk does not start on. */
function requireSameArchitecture(host: string, from: string, to: string): void {
  const [own, next] = [architectureOfSize(from), architectureOfSize(to)];
  if (own === next) return;
  throw new PerchError(
    'bad_input',
    `perch:size must be of the architecture that the hosts have: ${to} is ${next}, and ${host} has ${from}, ${own}`,
  );
}

/** The machine that the host's `ready` command waits for. */
function machineOf(
  resources: readonly EditableResource[],
  host: string,
  { type }: MachineKind,
): EditableResource | undefined {
  const component = resources.find(
    (resource) => resource.type === 'perch:host:Ssh' && nameOf(resource) === host,
  );
  const ready = resources.find(
    (resource) => resource.type === 'command:remote:Command' && resource.parent === component?.urn,
  );
  const needed = resources.filter(({ urn }) => ready?.dependencies?.includes(urn) === true);
  const parents = needed.map(({ parent }) => parent);
  return resources.find(
    (resource) =>
      resource.type === type && resource.delete !== true && parents.includes(resource.parent),
  );
}

function outageOf({ deployment: { resources } }: EditableState, host: string): string | undefined {
  const proxies = resources.filter(({ type }) => type === 'perch:service:Proxy').map(nameOf);
  if (proxies.length === 1 && proxies[0] === `proxy-${host}`) return 'it has the only proxy';
  const reserved = resources.filter(
    (resource) =>
      isControlCommand(resource) &&
      isOfApplication(resource) &&
      / perch member reserve .*--track=stable/.test(createScript(resource)),
  );
  const elsewhere = reserved.filter(
    (resource) => !new RegExp(` --host=${host}( |$)`).test(createScript(resource)),
  );
  return reserved.length > 0 && elsewhere.length === 0 ? 'it has all stable members' : undefined;
}
