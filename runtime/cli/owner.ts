import { Option } from 'commander';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { ServiceRegistry } from '../store/edge/service-registry.ts';
import { parseInput, requireInput } from '../core/input/input.ts';
import type { OutputOptions } from './output.ts';

export type OwnedOptions = OutputOptions & { readonly owner?: string };

const ownerRule = 'must be ORGANIZATION/PROJECT/STACK';

/** Full name of a stack. */
export const ownerSchema = z
  .string(ownerRule)
  .max(300, ownerRule)
  .regex(/^[\w.-]+\/[\w.-]+\/[\w.-]+$/, ownerRule);

const optionSchema = z.object({ '--owner': ownerSchema.optional() });

/** Option by which a stack changes only what belongs to it. */
export function ownerOption(): Option {
  return new Option(
    '--owner <stack>',
    'full name of the stack for which the command runs (default: an operator, who may change all)',
  );
}

/**
 * Finds the stack that owns a service in place of that of `--owner`.
 * @returns undefined if the service is that stack's, nobody's, or if no stack is given.
 * @throws PerchError `bad_input`, `redis_unavailable` or `redis_refused`.
 */
export async function otherOwner(
  redis: Redis,
  service: string,
  options: OwnedOptions,
): Promise<string | undefined> {
  const by = givenOwner(options);
  if (by === undefined) return undefined;
  const owner = await new ServiceRegistry(redis).ownerOf(service);
  return owner === by ? undefined : owner;
}

/**
 * Checks that no stack but that of `--owner` owns a service.
 * @throws PerchError `transition_refused` with both stacks, or as {@link otherOwner}.
 */
export async function requireOwner(
  redis: Redis,
  service: string,
  options: OwnedOptions,
): Promise<void> {
  const by = givenOwner(options);
  if (by !== undefined) await new ServiceRegistry(redis).requireOwner(service, by);
}

/** Reason for which nothing of a service is removed, for people. */
export function ofOtherText(owner: string): string {
  return `belongs to stack ${owner}`;
}

function givenOwner({ owner }: OwnedOptions): string | undefined {
  return requireInput(parseInput(optionSchema, { '--owner': owner }))['--owner'];
}
