/**
 * What an update that was cut off had begun to make and did not note as made. Pulumi knows that
 * it asked, not what became of it; so each is undone, and the next update makes it again. Pure.
 */
import { z } from 'zod';
import type { ControlAddress } from '../shell/control-shell.ts';
import type { ExportedState, Resource } from './exported-state.ts';

/** Undefined: on this machine. */
type Place = ControlAddress | undefined;

export interface HalfMade {
  /** For people. */
  readonly what: string;
  readonly place: Place;
  /** Undoes it, and may be repeated. */
  readonly undo: string;
}

export interface Leftovers {
  readonly halfMade: readonly HalfMade[];
  /** For people: what only they can look for. */
  readonly unknown: readonly string[];
}

const addressSchema = z.object({
  host: z.string(),
  port: z.number().default(22),
  user: z.string(),
  hostKey: z.string(),
  privateKey: z.string(),
});

/** Nothing is left of them: they live in the stack's state, or are the same when made again. */
const traceless = /^(pulumi:|random:|docker:index\/(image|remoteImage):)/;

export function leftoversOf(state: ExportedState): Leftovers {
  const halfMade: HalfMade[] = [];
  const unknown: string[] = [];
  for (const { type: operation, resource } of state.pending_operations) {
    if (operation !== 'creating' || traceless.test(resource.type)) continue;
    if (wasMadeSince(state, resource)) continue;
    const undo = undoOf(resource);
    const what = `${resource.type} ${nameOf(resource)}`;
    if (undo === undefined) unknown.push(what);
    else halfMade.push({ what, place: placeOf(state, resource), undo });
  }
  return { halfMade, unknown };
}

function undoOf({ type, inputs }: Resource): string | undefined {
  const { name, delete: backwards, destroyGraceSeconds } = inputs;
  switch (type) {
    case 'docker:index/container:Container':
      return ifThere('docker ps --all --quiet', name, [
        // One that serves already finishes what it does.
        `docker stop -t ${Number(destroyGraceSeconds ?? 10)} "$id"`,
        'docker rm --force "$id"',
      ]);
    case 'docker:index/network:Network':
      return ifThere('docker network ls --quiet', name, ['docker network rm "$id"']);
    case 'docker:index/volume:Volume':
      return ifThere('docker volume ls --quiet', name, ['docker volume rm "$id"']);
    case 'command:local:Command':
    case 'command:remote:Command':
      return typeof backwards === 'string' ? backwards : ':';
    default:
      return undefined;
  }
}

function ifThere(list: string, name: unknown, commands: readonly string[]): string {
  const find = `id=$(${list} --filter 'name=^/?${String(name)}$')`;
  return `${find} && if [ -n "$id" ]; then ${commands.join(' && ')}; fi`;
}

/** An update after the one that was cut off may have made it: then it is in use. */
function wasMadeSince({ resources }: ExportedState, { urn, inputs }: Resource): boolean {
  return resources.some((other) => other.urn === urn && markOf(other) === markOf({ inputs }));
}

/** By which two things of one resource differ. */
function markOf({ inputs }: Pick<Resource, 'inputs'>): unknown {
  return inputs['name'] ?? inputs['delete'];
}

/** Where the command ran, or the host whose Docker provider was asked. */
function placeOf({ resources }: ExportedState, resource: Resource): Place {
  if (resource.type.startsWith('command:')) return addressOf(resource);
  const provider = resources.find(({ urn }) => resource.provider?.startsWith(`${urn}::`) === true);
  const command = resources.find(
    ({ type, parent }) =>
      type === 'command:remote:Command' && parent !== undefined && parent === provider?.parent,
  );
  return command && addressOf(command);
}

function addressOf({ inputs }: Resource): Place {
  const { connection } = inputs;
  return connection === undefined ? undefined : addressSchema.parse(connection);
}

function nameOf({ urn }: Resource): string {
  return urn.split('::').at(-1) ?? urn;
}
