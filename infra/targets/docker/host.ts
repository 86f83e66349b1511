import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { usualArchitecture } from '../../../runtime/contract/architecture.ts';
import type { Host } from '../../hosts/host.ts';

const loopback = '127.0.0.1';

export interface DockerHostArgs {
  /** Name in the release document. */
  readonly hostName: string;
}

/** This machine's Docker engine, as the Docker command line finds it (DOCKER_HOST or its socket). */
export class DockerHost extends pulumi.ComponentResource implements Host {
  readonly name: string;
  readonly ipv6 = false;
  readonly architecture = usualArchitecture;
  readonly takesImages = false;
  readonly privateAddress = pulumi.output(loopback);
  readonly publicAddress = pulumi.output(loopback);
  readonly shell = { kind: 'here' } as const;
  readonly docker: docker.Provider;
  readonly network: docker.Network;
  readonly ready: pulumi.Resource;

  constructor(name: string, args: DockerHostArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:host:Docker', name, {}, opts);
    this.name = args.hostName;
    this.docker = new docker.Provider(name, {}, { parent: this });
    this.network = new docker.Network(
      name,
      { driver: 'bridge' },
      { parent: this, provider: this.docker },
    );
    this.ready = this.network;
    this.registerOutputs({ network: this.network.name });
  }
}
