import { createHash } from 'node:crypto';
import { fullStackName } from '../../shell/stack-name.ts';

/** As many digits as Pulumi appends to the names that it makes. */
const digits = 7;

/**
 * Name that no other stack of the account uses, for resources that Pulumi does not name itself: two
 * stacks of one service would overwrite each other's. It is the same at each update.
 */
export function accountName(name: string): string {
  return `${name}-${createHash('sha256').update(fullStackName()).digest('hex').slice(0, digits)}`;
}
