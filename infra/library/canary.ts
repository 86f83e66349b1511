import type * as pulumi from '@pulumi/pulumi';
import { programStack } from './program-stack.ts';
import type { StackArgs } from './stack-args.ts';
import { StackComponent } from './stack-component.ts';

export type CanaryArgs = Omit<StackArgs, 'canaryImage' | 'canaryVersion' | 'stableCount'>;

/** Canary members of the service of another stack, `prodStack`, on hosts of their own. */
export class Canary extends StackComponent {
  constructor(name: string, args: CanaryArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:index:Canary', name, programStack({ name, roles: ['canary'], args }), opts);
  }
}
