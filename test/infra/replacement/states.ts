import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EditableState } from '../../../infra/recovery/editable-state.ts';

const folder = join(import.meta.dirname, '../engine/deployed');
const mark = '4dabf18193072939515e22adb298388d';

/**
 * A state that a real engine stored, with secrets in the clear as `--show-secrets` exports them. Their
 * true values are lost, so each connection gets the address of its host by the stack's own rule: all
 * `perch` commands run on the first host.
 */
export function deployedState(name: string): EditableState {
  const text = readFileSync(join(folder, `${name}.json`), 'utf8');
  const state = JSON.parse(text) as EditableState;
  for (const resource of state.deployment.resources) {
    if (resource.type !== 'command:remote:Command') continue;
    const own = /::([^:]+)-ready$/.exec(resource.urn)?.[1] ?? firstOf(name);
    const connection = secret(addressOf(own));
    resource.inputs = { ...resource.inputs, connection };
    resource.outputs = { ...resource.outputs, connection };
  }
  return state;
}

/** Address of a host in {@link deployedState}. */
export function addressOf(host: string) {
  return { host, port: 22, user: 'perch', hostKey: 'ssh-ed25519 AAAA', privateKey: 'a key' };
}

/** First host of a deployed stack. */
function firstOf(stack: string): string {
  return stack.startsWith('server') ? 'web-1' : 'prod-0';
}

function secret(value: unknown): unknown {
  return { [mark]: '1b47061264138c4ac30d75fd1eb44270', plaintext: JSON.stringify(value) };
}

/** Every URN that the resources of a state refer to and that is not among them. */
export function danglingReferences({ deployment: { resources } }: EditableState): string[] {
  const known = new Set(resources.map(({ urn }) => urn));
  return resources.flatMap(
    ({ urn, parent, provider, dependencies, propertyDependencies, deletedWith }) =>
      [
        parent,
        provider?.slice(0, provider.lastIndexOf('::')),
        deletedWith,
        ...(dependencies ?? []),
        ...Object.values(propertyDependencies ?? {}).flat(),
      ]
        .filter((reference) => reference !== undefined && reference !== null && reference !== '')
        .filter((reference) => !known.has(reference ?? ''))
        .map((reference) => `${urn} -> ${reference}`),
  );
}
