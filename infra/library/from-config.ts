import type * as pulumi from '@pulumi/pulumi';
import { Canary } from './canary.ts';
import { Prod } from './prod.ts';
import { programStack } from './program-stack.ts';
import type { StackArgs } from './stack-args.ts';

/**
 * Makes what the stack's configuration describes: a {@link Canary} in role `canary`, a {@link Prod}
 * otherwise. One program so serves every stack of a service.
 * @param args settings of all stacks, which their own configuration may change.
 */
export function fromConfig(
  args: StackArgs = {},
  opts?: pulumi.ComponentResourceOptions,
): Prod | Canary {
  const { config } = programStack({ name: undefined, roles: [], args });
  const make = config.role === 'canary' ? Canary : Prod;
  return new make(config.service, args, opts);
}
