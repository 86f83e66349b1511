import { remote } from '@pulumi/command';
import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { whenMade } from '../shell/when-made.ts';
import { usualArchitecture, type Architecture } from '../../runtime/contract/architecture.ts';
import { hostPort } from '../../runtime/contract/host-port.ts';
import type { ProxyJump } from '../shell/ssh-options.ts';
import { ipv6Network } from './container-ipv6.ts';
import type { Host, Shell } from './host.ts';
import { sshConnection } from './ssh-connection.ts';
import { sshOptions } from './ssh-files.ts';

export interface RegistryLogin {
  /** Host of the registry, without a path. */
  readonly address: pulumi.Input<string>;
  readonly username: pulumi.Input<string>;
  /** Secret. */
  readonly password: pulumi.Input<string>;
}

export interface SshHostArgs {
  /** Name in the release document. */
  readonly hostName: string;
  readonly publicAddress: pulumi.Input<string>;
  readonly privateAddress: pulumi.Input<string>;
  readonly user: string;
  readonly port: number;
  /** `ssh-ed25519 AAAA...` */
  readonly hostKey: pulumi.Input<string>;
  /** Secret. */
  readonly privateKey: pulumi.Output<string>;
  /** Machine through which ssh reaches this one. */
  readonly proxyJump: ProxyJump | undefined;
  /** Script that ends when the host is ready. It may run any number of times. */
  readonly prepare: string;
  /** Logins with which Docker pulls. */
  readonly logins: readonly RegistryLogin[];
  /** Time limit for the first ssh login, seconds. */
  readonly bootSeconds: number;
  /** True if the hosts reach each other by IPv6: then its containers need it too. */
  readonly ipv6: boolean;
  /** Default: amd64. */
  readonly architecture?: Architecture;
  /** True if it may get images by ssh. Default: it does not. */
  readonly takesImages?: boolean;
}

const secondsBetweenDials = 5;

/** A machine reached over ssh. Its host key is pinned, for commands and for Docker. */
export class SshHost extends pulumi.ComponentResource implements Host {
  readonly name: string;
  readonly ipv6: boolean;
  readonly architecture: Architecture;
  readonly takesImages: boolean;
  readonly privateAddress: pulumi.Output<string>;
  readonly publicAddress: pulumi.Output<string>;
  readonly shell: Shell;
  readonly docker: docker.Provider;
  readonly network: docker.Network;
  readonly ready: pulumi.Resource;

  constructor(name: string, args: SshHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:host:Ssh', name, {}, opts);
    const { user, port, hostKey, privateKey, hostName, proxyJump } = args;
    this.name = hostName;
    this.ipv6 = args.ipv6;
    this.architecture = args.architecture ?? usualArchitecture;
    this.takesImages = args.takesImages ?? false;
    this.privateAddress = pulumi.output(args.privateAddress);
    this.publicAddress = pulumi.output(args.publicAddress);
    const connection = sshConnection({
      host: this.publicAddress,
      port,
      user,
      hostKey,
      privateKey,
      proxyJump,
      dial: {
        dialErrorLimit: Math.ceil(args.bootSeconds / secondsBetweenDials),
        perDialTimeout: secondsBetweenDials,
      },
    });
    this.shell = { kind: 'ssh', connection, proxyJump };
    this.ready = new remote.Command(
      `${name}-ready`,
      {
        connection,
        create: args.prepare,
        triggers: [this.publicAddress],
        addPreviousOutputInEnv: false,
      },
      { parent: this },
    );
    this.docker = new docker.Provider(
      name,
      {
        host: whenMade(this.publicAddress, (address) => `ssh://${user}@${hostPort(address, port)}`),
        sshOpts: sshOptions(name, hostKey, privateKey, proxyJump),
        ...(args.logins.length > 0 && { registryAuth: [...args.logins] }),
      },
      { parent: this, dependsOn: [this.ready] },
    );
    this.network = new docker.Network(
      name,
      { driver: 'bridge', ...(args.ipv6 && ipv6Network(`${pulumi.getStack()}/${name}`)) },
      {
        parent: this,
        provider: this.docker,
        // Docker adds an IPv4 subnet of its own, which would replace the network after a refresh.
        ignoreChanges: args.ipv6 ? ['ipamConfigs'] : [],
      },
    );
    this.registerOutputs({ publicAddress: this.publicAddress });
  }
}
