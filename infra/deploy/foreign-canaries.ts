/** Canary members of another stack, beside which a stack with both tracks cannot have its own. */
import type { Stack } from '@pulumi/pulumi/automation/index.js';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { exportedState } from '../recovery/exported-state.ts';
import { membersOf } from '../recovery/stack-hosts.ts';
import { parseStatus, type ReleaseStatus } from './release-health.ts';
import type { StackPerch } from './stack-perch.ts';

/** Ids of the canary members in a release that a stack did not make. Pure. */
export function foreignCanaries(
  { release }: Pick<ReleaseStatus, 'release'>,
  own: ReadonlySet<string>,
): string[] {
  const members = release?.members ?? [];
  return members.filter(({ id, track }) => track === 'canary' && !own.has(id)).map(({ id }) => id);
}

/** Ids of the members that a stack has made. */
export async function ownMembers(stack: Stack): Promise<ReadonlySet<string>> {
  return membersOf(await exportedState(stack));
}

/**
 * Checks that no other stack has canary members in the release.
 * @throws PerchError `conflict` that names them.
 */
export async function refuseForeignCanaries(stack: Stack, perch: StackPerch): Promise<void> {
  const status = parseStatus(await perch.run(['status', '--json']));
  const foreign = foreignCanaries(status, await ownMembers(stack));
  if (foreign.length === 0) return;
  throw new PerchError(
    'conflict',
    `nothing was changed: stack ${stack.name} must have no canary of its own while another stack has canary members in the release, got ${foreign.join(', ')}; promote or remove that canary first: npx perch deploy --stack ITS_STACK --promote ${stack.name}, or pulumi destroy --stack ITS_STACK`,
  );
}
