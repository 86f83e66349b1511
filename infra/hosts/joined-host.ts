import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { usualArchitecture, type Architecture } from '../../runtime/contract/architecture.ts';
import { hostPort } from '../../runtime/contract/host-port.ts';
import { shellWord } from '../shell/shell-word.ts';
import type { ProxyJump } from '../shell/ssh-options.ts';
import type { Host, Shell } from './host.ts';
import { shellCommand } from './shell-command.ts';
import { sshConnection } from './ssh-connection.ts';
import { sshOptions } from './ssh-files.ts';
import type { RegistryLogin } from './ssh-host.ts';

/** Access to a host by ssh, without the private key. */
export interface JoinedSsh {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** `ssh-ed25519 AAAA...` */
  readonly hostKey: string;
  /** Machine through which ssh reaches the host. */
  readonly proxyJump?: ProxyJump | undefined;
}

/** A host of another stack, as that stack describes it. */
export interface OfferedHost {
  readonly name: string;
  /** Default: amd64. */
  readonly architecture?: Architecture | undefined;
  readonly ipv6: boolean;
  readonly privateAddress: string;
  readonly publicAddress: string;
  readonly networkName: string;
  /** Undefined: the host is this machine. */
  readonly ssh?: JoinedSsh | undefined;
}

export interface JoinedHostArgs {
  readonly host: OfferedHost;
  /** Secret. */
  readonly privateKey: pulumi.Output<string>;
  /** Logins with which Docker pulls. */
  readonly logins: readonly RegistryLogin[];
}

/** A host that another stack prepared, with its Docker network. This stack adds containers to it. */
export class JoinedHost extends pulumi.ComponentResource implements Host {
  readonly name: string;
  readonly ipv6: boolean;
  readonly architecture: Architecture;
  readonly takesImages = true;
  readonly privateAddress: pulumi.Output<string>;
  readonly publicAddress: pulumi.Output<string>;
  readonly shell: Shell;
  readonly docker: docker.Provider;
  readonly network: { readonly name: pulumi.Output<string> };
  readonly ready: pulumi.Resource;

  constructor(name: string, args: JoinedHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:host:Joined', name, {}, opts);
    const { host, privateKey, logins } = args;
    const { ssh, networkName } = host;
    this.name = host.name;
    this.ipv6 = host.ipv6;
    this.architecture = host.architecture ?? usualArchitecture;
    this.privateAddress = pulumi.output(host.privateAddress);
    this.publicAddress = pulumi.output(host.publicAddress);
    this.network = { name: pulumi.output(networkName) };
    this.shell = shellOf(ssh, privateKey);
    this.ready = shellCommand(
      `${name}-ready`,
      this.shell,
      {
        create: `docker network inspect ${shellWord(networkName)} > /dev/null`,
        triggers: [host.publicAddress, networkName],
      },
      { parent: this },
    );
    this.docker = new docker.Provider(
      name,
      ssh === undefined
        ? {}
        : {
            host: `ssh://${ssh.user}@${hostPort(ssh.host, ssh.port)}`,
            sshOpts: sshOptions(name, ssh.hostKey, privateKey, ssh.proxyJump),
            ...(logins.length > 0 && { registryAuth: [...logins] }),
          },
      { parent: this, dependsOn: [this.ready] },
    );
    this.registerOutputs({});
  }
}

function shellOf(ssh: JoinedSsh | undefined, privateKey: pulumi.Output<string>): Shell {
  if (ssh === undefined) return { kind: 'here' };
  const { proxyJump } = ssh;
  return { kind: 'ssh', connection: sshConnection({ ...ssh, proxyJump, privateKey }), proxyJump };
}
