/** A stack's whole state, to be edited and stored again. */
import { z } from 'zod';
import { env } from '../../runtime/contract/env.ts';
import { runProgram } from '../shell/program.ts';
import { plain } from './exported-state.ts';

const properties = z.record(z.string(), z.unknown());

/** Everything that an edit does not read passes through unchanged. */
const editableResource = z.looseObject({
  urn: z.string(),
  type: z.string(),
  parent: z.string().optional(),
  /** `URN::ID` of the provider. */
  provider: z.string().optional(),
  inputs: properties.optional(),
  outputs: properties.optional(),
  dependencies: z.array(z.string()).nullish(),
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullable()).nullish(),
  deletedWith: z.string().optional(),
  replaceWith: z.array(z.string()).nullish(),
  /** True if the next update deletes it, once everything else is done. */
  delete: z.boolean().optional(),
});

const editableState = z.looseObject({
  deployment: z.looseObject({
    resources: z.array(editableResource).default([]),
    pending_operations: z.array(z.looseObject({ resource: editableResource })).nullish(),
  }),
});

export type EditableResource = z.infer<typeof editableResource>;
export type EditableState = z.infer<typeof editableState>;

const quiet = ['--non-interactive', '--color=never'];

/**
 * Exports a stack's state with its secrets in the clear. It must stay in memory.
 * @throws PerchError as {@link runProgram} does.
 */
export async function exportState(stack: string): Promise<EditableState> {
  const words = ['stack', 'export', '--show-secrets', '--stack', stack, ...quiet];
  return editableState.parse(JSON.parse(await runProgram('pulumi', words)));
}

/**
 * Stores a stack's state; Pulumi encrypts its secrets again. They go through a pipe, never into a file.
 * @throws PerchError as {@link runProgram} does.
 */
export async function importState(stack: string, state: EditableState): Promise<void> {
  const words = ['stack', 'import', '--stack', stack, ...quiet];
  await runProgram('pulumi', words, JSON.stringify(state));
}

/** Script that creates a command's resource; empty for another resource. */
export function createScript({ inputs }: EditableResource): string {
  const create = plain(inputs?.['create']);
  return typeof create === 'string' ? create : '';
}

/**
 * True for a command of `perch` about the stack's application, and false for one about its console.
 * @param guest service of the stack, if its hosts are those of another one.
 */
export function isOfApplication(command: EditableResource, guest?: string): boolean {
  const about = ` --env ${env.service}=`;
  const script = createScript(command);
  return !script.includes(about) || (guest !== undefined && script.includes(`${about}${guest} `));
}

/** True for a command of `perch`, which runs on the control host. */
export function isControlCommand(resource: EditableResource): boolean {
  return resource.type === 'command:remote:Command' && / perch [a-z]/.test(createScript(resource));
}
