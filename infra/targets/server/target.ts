import { isIPv6 } from 'node:net';
import * as pulumi from '@pulumi/pulumi';
import type { Architecture } from '../../../runtime/contract/architecture.ts';
import { bootstrapScript, ipv6BootstrapScript } from '../../hosts/bootstrap.ts';
import { SshHost } from '../../hosts/ssh-host.ts';
import { pluginLogins, type Registry } from '../../images/registry.ts';
import type { PullLogin } from '../../images/pull-script.ts';
import type { ProxyJump } from '../../shell/ssh-options.ts';
import type { ProdNetwork } from '../prod-network.ts';
import type { Target } from '../target.ts';

const bootSeconds = 10;

export interface Server {
  readonly name: string;
  /** Address for ssh and for the clients of its proxy. */
  readonly address: string;
  /** Address for the other hosts. */
  readonly privateAddress: string;
  readonly user: string;
  readonly port: number;
  /** `ssh-ed25519 AAAA...` */
  readonly hostKey: string;
  readonly architecture: Architecture;
}

export interface ServerTargetArgs {
  readonly servers: readonly Server[];
  /** Secret. */
  readonly privateKey: pulumi.Output<string>;
  /** Machine through which ssh reaches the servers. */
  readonly proxyJump: ProxyJump | undefined;
  readonly registry: Registry | undefined;
  readonly pullLogins: readonly PullLogin[];
}

/** Target `server`: machines that exist already. Perch prepares each of them over ssh. */
export class ServerTarget extends pulumi.ComponentResource implements Target {
  readonly hosts: readonly SshHost[];
  readonly registry: Registry | undefined;
  readonly managedRedis = undefined;
  readonly loadBalancer = undefined;
  readonly dashboardUrl = undefined;
  readonly prodNetwork = pulumi.output<ProdNetwork>({});

  constructor(name: string, args: ServerTargetArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:server:Target', name, {}, opts);
    const { registry, privateKey, proxyJump } = args;
    this.registry = registry;
    // Release 0.1 deployed the hosts without a parent.
    const inside = { parent: this, aliases: [{ parent: pulumi.rootStackResource }] };
    this.hosts = args.servers.map(
      (server) =>
        new SshHost(
          server.name,
          {
            hostName: server.name,
            publicAddress: server.address,
            privateAddress: server.privateAddress,
            user: server.user,
            port: server.port,
            hostKey: server.hostKey,
            privateKey,
            proxyJump,
            prepare: isIPv6(server.privateAddress) ? ipv6BootstrapScript : bootstrapScript,
            logins: pluginLogins(registry, args.pullLogins),
            bootSeconds,
            ipv6: isIPv6(server.privateAddress),
            architecture: server.architecture,
            takesImages: true,
          },
          inside,
        ),
    );
    this.registerOutputs({});
  }
}
