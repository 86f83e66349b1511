import type * as command from '@pulumi/command';
import type * as docker from '@pulumi/docker';
import type * as pulumi from '@pulumi/pulumi';

/** How commands get to a host: they run on this machine, or over ssh. */
export type Shell =
  | { readonly kind: 'here' }
  | { readonly kind: 'ssh'; readonly connection: command.types.input.remote.ConnectionArgs };

/** A machine with a Docker engine that answers. */
export interface Host {
  /** As the release document names it. */
  readonly name: string;
  /** Where the other hosts reach it. Containers publish their ports on this address only. */
  readonly privateAddress: pulumi.Output<string>;
  /** Where clients reach its proxy. */
  readonly publicAddress: pulumi.Output<string>;
  readonly shell: Shell;
  /** Its Docker engine. The provider waits for the host, so whatever uses it waits too. */
  readonly docker: docker.Provider;
  /** The network that Perch's containers of this host share; its members find Redis by name there. */
  readonly network: docker.Network;
  /** What a command on the host has to wait for. */
  readonly ready: pulumi.Resource;
}
