/** Addresses in a stack's state: those of its hosts, and those that its commands run at. Pure. */
import { z } from 'zod';
import type { ControlAddress } from '../shell/control-shell.ts';
import { connectionSchema } from './command-connection.ts';
import { isControlCommand, type EditableResource, type EditableState } from './editable-state.ts';
import { nameOf, plain, secretMark } from './exported-state.ts';

/** A host of the stack, by the command that waited for it. */
export interface SshStackHost {
  readonly name: string;
  /** Undefined if an interrupted replacement has already removed it. */
  readonly address: ControlAddress | undefined;
}

/** Hosts of the stack's own, and those that it uses as a guest. */
export const sshHostTypes: readonly string[] = ['perch:host:Ssh', 'perch:host:Joined'];

/** Hosts that a stack reaches by ssh, in the order of the state. */
export function sshHostsOf({ deployment: { resources } }: EditableState): SshStackHost[] {
  return resources
    .filter(({ type }) => sshHostTypes.includes(type))
    .map((host) => {
      const ready = resources.find(
        ({ type, parent, delete: isPending }) =>
          type === 'command:remote:Command' && parent === host.urn && isPending !== true,
      );
      return { name: nameOf(host), address: ready && addressOf(ready) };
    });
}

/** Address that a command runs at; undefined if it runs on this machine. */
export function addressOf({ inputs }: EditableResource): ControlAddress | undefined {
  const connection = plain(inputs?.['connection']);
  return connection === undefined ? undefined : connectionSchema.parse(connection);
}

/** Addresses at which the stack's `perch` commands ran last, each once. */
export function controlAddressesOf({ deployment: { resources } }: EditableState): ControlAddress[] {
  const found = new Map<string, ControlAddress>();
  for (const resource of resources.filter(isControlCommand)) {
    const address = addressOf(resource);
    if (address !== undefined) found.set(keyOf(address), address);
  }
  return [...found.values()];
}

/**
 * Moves the stack's `perch` commands from a host that is gone to one that lives. The state then has
 * the connection by which the next update deletes what it replaces.
 */
export function moveControl(
  state: EditableState,
  from: ControlAddress,
  to: ControlAddress,
): EditableState {
  const moved = state.deployment.resources.map((resource) => {
    const address = isControlCommand(resource) ? addressOf(resource) : undefined;
    if (address === undefined || keyOf(address) !== keyOf(from)) return resource;
    const { inputs, outputs } = resource;
    return {
      ...resource,
      inputs: { ...inputs, connection: movedConnection(inputs?.['connection'], to) },
      outputs: { ...outputs, connection: movedConnection(outputs?.['connection'], to) },
    };
  });
  return { ...state, deployment: { ...state.deployment, resources: moved } };
}

/** True if both are the same account on the same machine. */
export function isSameAddress(a: ControlAddress, b: ControlAddress): boolean {
  return keyOf(a) === keyOf(b);
}

function keyOf({ host, port, user, hostKey }: ControlAddress): string {
  return [user, host, port, hostKey.trim()].join(' ');
}

/** The connection with another address, as secret as before. */
function movedConnection(connection: unknown, to: ControlAddress): unknown {
  const { proxy: _formerJump, ...fields } = z
    .record(z.string(), z.unknown())
    .parse(plain(connection) ?? {});
  const { proxyJump, ...login } = to;
  const { privateKey } = login;
  const proxy = proxyJump === undefined ? {} : { proxy: { ...proxyJump, privateKey } };
  return secret({ ...fields, ...login, ...proxy });
}

/** A secret value in a state, as `pulumi stack export --show-secrets` writes it. */
function secret(value: unknown): unknown {
  return {
    [secretMark]: '1b47061264138c4ac30d75fd1eb44270',
    plaintext: JSON.stringify(value),
  };
}
