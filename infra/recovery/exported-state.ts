/** The part of `pulumi stack export --show-secrets` that recovery reads. */
import type { Stack } from '@pulumi/pulumi/automation/index.js';
import { z } from 'zod';

// The engine marks a secret value in its state by this field.
export const secretMark = '4dabf18193072939515e22adb298388d';

const resource = z.object({
  urn: z.string(),
  type: z.string(),
  inputs: z.record(z.string(), z.unknown()).default({}).transform(plainFields),
  parent: z.string().optional(),
  /** `URN::ID` of the provider. */
  provider: z.string().optional(),
  /** True if the resource is already replaced and will be deleted. */
  delete: z.boolean().default(false),
});

const stateSchema = z.object({
  resources: z.array(resource).default([]),
  pending_operations: z.array(z.object({ resource, type: z.string() })).default([]),
});

export type Resource = z.infer<typeof resource>;
export type ExportedState = z.infer<typeof stateSchema>;

/**
 * Parses an exported state; secrets become plain.
 * @param deployment the export's `deployment`.
 */
export function readState(deployment: unknown): ExportedState {
  return stateSchema.parse(deployment ?? {});
}

/** Reads the state of a stack, with its secrets in the clear. */
export async function exportedState(stack: Pick<Stack, 'exportStack'>): Promise<ExportedState> {
  const { deployment } = (await stack.exportStack()) as { deployment: unknown };
  return readState(deployment);
}

function plainFields(inputs: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, plain(value)]));
}

/** Name of a resource: the last part of its URN. */
export function nameOf({ urn }: Pick<Resource, 'urn'>): string {
  return urn.split('::').at(-1) ?? urn;
}

/** Value of a state with its secrets in the clear. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const fields: Record<string, unknown> = { ...value };
  if (secretMark in fields) return plain(JSON.parse(String(fields['plaintext'])));
  return plainFields(fields);
}
