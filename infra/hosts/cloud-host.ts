import * as pulumi from '@pulumi/pulumi';
import type { Architecture } from '../../runtime/contract/architecture.ts';
import type { ProxyJump } from '../shell/ssh-options.ts';
import { awaitCloudInit, loginUser } from './cloud-init.ts';
import { SshHost, type RegistryLogin } from './ssh-host.ts';

/** Machine of a cloud that cloud-init sets up. */
export interface CloudMachine {
  readonly publicAddress: pulumi.Output<string>;
  readonly privateAddress: pulumi.Output<string>;
  /** `ssh-ed25519 AAAA...` */
  readonly hostKey: pulumi.Output<string>;
}

export interface CloudHostArgs {
  readonly machine: CloudMachine;
  /** Secret. */
  readonly privateKey: pulumi.Output<string>;
  /** Logins with which Docker pulls. */
  readonly logins: readonly RegistryLogin[];
  /** Default: amd64. */
  readonly architecture?: Architecture;
  /** Machine through which ssh reaches this one. */
  readonly proxyJump: ProxyJump | undefined;
}

/** Time limit for the first ssh login, seconds. */
const bootSeconds = 300;

/**
 * Returns the host of a cloud's machine.
 * @param name name in the stack and in the release document.
 */
export function cloudHost(
  name: string,
  { machine, privateKey, logins, architecture, proxyJump }: CloudHostArgs,
  parent: pulumi.Resource,
): SshHost {
  return new SshHost(
    name,
    {
      hostName: name,
      publicAddress: machine.publicAddress,
      privateAddress: machine.privateAddress,
      user: loginUser,
      port: 22,
      hostKey: machine.hostKey,
      privateKey,
      proxyJump,
      prepare: awaitCloudInit,
      logins,
      bootSeconds,
      ipv6: false,
      ...(architecture !== undefined && { architecture }),
    },
    // Release 0.1 deployed the hosts without a parent.
    { parent, aliases: [{ parent: pulumi.rootStackResource }] },
  );
}
