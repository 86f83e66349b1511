import { remote, type types } from '@pulumi/command';
import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import type { Host, Shell } from './host.ts';
import { sshOptions } from './ssh-files.ts';

export interface RegistryLogin {
  readonly address: pulumi.Input<string>;
  readonly username: pulumi.Input<string>;
  /** Secret. */
  readonly password: pulumi.Input<string>;
}

export interface SshHostSettings {
  /** As the release document names it. */
  readonly hostName: string;
  readonly publicAddress: pulumi.Input<string>;
  readonly privateAddress: pulumi.Input<string>;
  readonly user: string;
  readonly port: number;
  /** `ssh-ed25519 AAAA...` */
  readonly hostKey: pulumi.Input<string>;
  /** Secret. */
  readonly privateKey: pulumi.Output<string>;
  /** The script that ends when the host is ready. It may run any number of times. */
  readonly prepare: string;
  readonly registry: RegistryLogin | undefined;
  /** How long the machine may take to let ssh in, seconds. */
  readonly bootSeconds: number;
}

const secondsBetweenDials = 5;

/** A machine that ssh reaches. Its host key is pinned, for commands and for Docker. */
export class SshHost extends pulumi.ComponentResource implements Host {
  readonly name: string;
  readonly privateAddress: pulumi.Output<string>;
  readonly publicAddress: pulumi.Output<string>;
  readonly shell: Shell;
  readonly docker: docker.Provider;
  readonly network: docker.Network;
  readonly ready: pulumi.Resource;

  constructor(name: string, settings: SshHostSettings, options?: pulumi.ComponentResourceOptions) {
    super('perch:host:Ssh', name, {}, options);
    const { user, port, hostKey, privateKey, hostName } = settings;
    this.name = hostName;
    this.privateAddress = pulumi.output(settings.privateAddress);
    this.publicAddress = pulumi.output(settings.publicAddress);
    const connection: types.input.remote.ConnectionArgs = {
      host: this.publicAddress,
      port,
      user,
      hostKey,
      privateKey,
      dialErrorLimit: Math.ceil(settings.bootSeconds / secondsBetweenDials),
      perDialTimeout: secondsBetweenDials,
    };
    this.shell = { kind: 'ssh', connection };
    this.ready = new remote.Command(
      `${name}-ready`,
      {
        connection,
        create: settings.prepare,
        triggers: [this.publicAddress],
        addPreviousOutputInEnv: false,
      },
      { parent: this },
    );
    this.docker = new docker.Provider(
      name,
      {
        host: pulumi.interpolate`ssh://${user}@${this.publicAddress}:${port}`,
        sshOpts: sshOptions(name, hostKey, privateKey),
        ...(settings.registry === undefined ? {} : { registryAuth: [settings.registry] }),
      },
      { parent: this, dependsOn: [this.ready] },
    );
    this.network = new docker.Network(
      name,
      { driver: 'bridge' },
      { parent: this, provider: this.docker },
    );
    this.registerOutputs({ publicAddress: this.publicAddress });
  }
}
