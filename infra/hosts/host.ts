import type * as command from '@pulumi/command';
import type * as docker from '@pulumi/docker';
import type * as pulumi from '@pulumi/pulumi';
import type { Architecture } from '../../runtime/contract/architecture.ts';
import type { ProxyJump } from '../shell/ssh-options.ts';

/** Route of commands to a host: they run on this machine, or over ssh. */
export type Shell =
  | { readonly kind: 'here' }
  | {
      readonly kind: 'ssh';
      readonly connection: command.types.input.remote.ConnectionArgs;
      readonly proxyJump: ProxyJump | undefined;
    };

/** A machine whose Docker engine responds. */
export interface Host {
  /** Name in the release document. */
  readonly name: string;
  /** True if the other hosts reach it, and its containers, by IPv6. */
  readonly ipv6: boolean;
  /** Architecture of its processor, and so of the images that it runs. */
  readonly architecture: Architecture;
  /** True if it may get images by ssh, from this machine or from another host. */
  readonly takesImages: boolean;
  /** Address for the other hosts. Containers publish their ports on this address only. */
  readonly privateAddress: pulumi.Output<string>;
  /** Address for the clients of its proxy. */
  readonly publicAddress: pulumi.Output<string>;
  readonly shell: Shell;
  /** Provider of its Docker engine. It waits for the host, so every resource on the host does. */
  readonly docker: docker.Provider;
  /** Network that Perch's containers on this host share; members find Redis by name there. */
  readonly network: { readonly name: pulumi.Output<string> };
  /** Dependency of every command on the host. */
  readonly ready: pulumi.Resource;
}
