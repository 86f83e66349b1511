import { z } from 'zod';
import { labels } from '../../runtime/contract/labels.ts';
import type { ControlAddress } from '../shell/control-shell.ts';
import { nameOf, type ExportedState } from './exported-state.ts';
import { addressOfProvider } from './pending-creates.ts';

const labelSchema = z.array(z.object({ label: z.string(), value: z.string() })).default([]);

/** A host of a deployed stack. */
export interface StackHost {
  readonly name: string;
  /** Undefined: this machine. */
  readonly address: ControlAddress | undefined;
}

/** The hosts whose Docker engines a stack uses, as its state names them. Pure. */
export function hostsOf(state: ExportedState): StackHost[] {
  return state.resources
    .filter(({ type, parent }) => type === 'pulumi:providers:docker' && isHost(parent))
    .map((provider) => ({
      name: nameOf(provider),
      address: addressOfProvider(state, provider),
    }));
}

/** The service that a stack's containers belong to; undefined if it has none. Pure. */
export function serviceOf({ resources }: ExportedState): string | undefined {
  const all = resources.flatMap(({ type, inputs }) =>
    type === 'docker:index/container:Container' ? labelSchema.parse(inputs['labels']) : [],
  );
  return all.find(({ label }) => label === labels.service)?.value;
}

/** Ids of the members that a stack has reserved. Pure. */
export function membersOf({ resources }: ExportedState): Set<string> {
  const commands = resources.filter(({ type }) => /^command:(local|remote):Command$/.test(type));
  const ids = commands.flatMap(({ inputs: { create } }) =>
    typeof create === 'string' ? (/--id=([\w.-]+)/.exec(create)?.[1] ?? []) : [],
  );
  return new Set(ids);
}

/** The engine's default provider, with which images are built, belongs to no host. */
function isHost(parent: string | undefined): boolean {
  return parent?.split('::')[2]?.split('$').at(-1)?.startsWith('perch:host:') === true;
}
