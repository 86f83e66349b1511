import * as pulumi from '@pulumi/pulumi';
import { programStack } from './program-stack.ts';
import type { StackArgs } from './stack-args.ts';
import { StackComponent } from './stack-component.ts';

export type ProdArgs = Omit<StackArgs, 'prodStack'>;

/**
 * A service with its hosts, Redis, proxies, monitors and stable members. With `canaryImage` in the
 * stack's configuration it has a canary too; with `hostStack` it uses the hosts of another stack.
 */
export class Prod extends StackComponent {
  /** URL of the service for clients. Undefined: a guest without host names. */
  readonly url: pulumi.Output<string | undefined>;
  /** Addresses that the DNS of each host name must have. Undefined: none. */
  readonly hostAddresses: pulumi.Output<Record<string, string[]> | undefined>;
  /** Token with which testers choose the track. Secret. Undefined: the proxies are another stack's. */
  readonly overrideToken: pulumi.Output<string | undefined>;

  constructor(name: string, args: ProdArgs, opts?: pulumi.ComponentResourceOptions) {
    super(typeName, name, programStack({ name, roles: ['prod', 'local'], args }), opts);
    this.url = this.part(({ url }) => url ?? none);
    this.hostAddresses = this.part(({ hostAddresses }) => hostAddresses ?? none);
    this.overrideToken = this.part(({ overrideToken }) => overrideToken ?? none);
  }
}

const typeName = 'perch:index:Prod';
const none = pulumi.output(undefined);
