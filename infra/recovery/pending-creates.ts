/**
 * Creations that an interrupted update started and did not record as done. Pulumi knows that it
 * requested them, but not how they ended: each is undone, and the next update repeats it. Pure.
 */
import type { ControlAddress } from '../shell/control-shell.ts';
import { lastLogLines } from '../shell/await-healthy.ts';
import { connectionSchema } from './command-connection.ts';
import { nameOf, type ExportedState, type Resource } from './exported-state.ts';

export interface UndoableCreate {
  /** Type and name of the resource, for messages. */
  readonly description: string;
  /** Machine on which `undo` runs; undefined: this one. */
  readonly address: ControlAddress | undefined;
  /** Shell script that undoes the creation; it may be repeated. */
  readonly undo: string;
}

export interface PendingCreates {
  readonly undoable: readonly UndoableCreate[];
  /** Descriptions of creations that only a person can check and undo. */
  readonly unknown: readonly string[];
}

/** Resources that need no undoing: they exist only in the stack's state, or are equal when created again. */
const traceless = /^(pulumi:|random:|docker:index\/(image|remoteImage):)/;

/** Sorts the creations that an interrupted update did not finish by how they can be undone. */
export function pendingCreatesOf(state: ExportedState): PendingCreates {
  const undoable: UndoableCreate[] = [];
  const unknown: string[] = [];
  for (const { type: operation, resource } of state.pending_operations) {
    if (operation !== 'creating' || traceless.test(resource.type)) continue;
    if (wasCreatedSince(state, resource)) continue;
    const undo = undoOf(resource);
    const description = `${resource.type} ${nameOf(resource)}`;
    if (undo === undefined) unknown.push(description);
    else undoable.push({ description, address: addressOf(state, resource), undo });
  }
  return { undoable, unknown };
}

function undoOf({ type, inputs }: Resource): string | undefined {
  const { name, delete: deleteScript, destroyGraceSeconds } = inputs;
  switch (type) {
    case 'docker:index/container:Container':
      return ifExists('docker ps --all --quiet', name, [
        // The only trace of why it did not start.
        lastLogLines('"$id"'),
        // A container that already serves finishes its requests.
        `docker stop -t ${Number(destroyGraceSeconds ?? 10)} "$id" > /dev/null`,
        'docker rm --force "$id" > /dev/null',
      ]);
    case 'docker:index/network:Network':
      return ifExists('docker network ls --quiet', name, ['docker network rm "$id"']);
    case 'docker:index/volume:Volume':
      return ifExists('docker volume ls --quiet', name, ['docker volume rm "$id"']);
    case 'command:local:Command':
    case 'command:remote:Command':
      return typeof deleteScript === 'string' ? deleteScript : ':';
    default:
      return undefined;
  }
}

function ifExists(list: string, name: unknown, commands: readonly string[]): string {
  const find = `id=$(${list} --filter 'name=^/?${String(name)}$')`;
  return `${find} && if [ -n "$id" ]; then ${commands.join(' && ')}; fi`;
}

/** Reports whether a later update created the resource: then it is in use. */
function wasCreatedSince({ resources }: ExportedState, { urn, inputs }: Resource): boolean {
  return resources.some(
    (other) => other.urn === urn && identityOf(other) === identityOf({ inputs }),
  );
}

/** Value by which an old and a new instance of one resource differ. */
function identityOf({ inputs }: Pick<Resource, 'inputs'>): unknown {
  return inputs['name'] ?? inputs['delete'];
}

/** Machine where the command ran, or whose Docker engine the provider uses. */
function addressOf(state: ExportedState, resource: Resource): ControlAddress | undefined {
  const { resources } = state;
  if (resource.type.startsWith('command:')) return connectionOf(resource);
  const provider = resources.find(({ urn }) => resource.provider?.startsWith(`${urn}::`) === true);
  return provider && addressOfProvider(state, provider);
}

/** Machine whose Docker engine a provider uses; undefined: this one. */
export function addressOfProvider(
  { resources }: ExportedState,
  provider: Resource,
): ControlAddress | undefined {
  const command = resources.find(
    ({ type, parent }) =>
      type === 'command:remote:Command' && parent !== undefined && parent === provider.parent,
  );
  return command && connectionOf(command);
}

function connectionOf({ inputs }: Resource): ControlAddress | undefined {
  const { connection } = inputs;
  return connection === undefined ? undefined : connectionSchema.parse(connection);
}
