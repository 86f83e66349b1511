import * as digitalocean from '@pulumi/digitalocean';
import * as pulumi from '@pulumi/pulumi';
import { cloudInit } from '../../hosts/cloud-init.ts';
import { generatedHostKey } from '../../hosts/host-key.ts';
import { whenMade } from '../../shell/when-made.ts';

export interface DropletMachineArgs {
  readonly size: string;
  /** True if this update may stop the running droplet to give it `size`. */
  readonly maySizeChange: boolean;
  readonly region: string;
  readonly vpcId: pulumi.Input<string>;
  readonly tags: readonly pulumi.Input<string>[];
  readonly authorizedKey: string;
  readonly sshKeyId: pulumi.Input<string>;
  /** Keeps the public address when the droplet is replaced. */
  readonly fixedAddress: boolean;
}

const image = 'ubuntu-24-04-x64';

/** A droplet with an ssh host key known in advance. */
export class DropletMachine extends pulumi.ComponentResource {
  readonly dropletId: pulumi.Output<number>;
  readonly dropletUrn: pulumi.Output<string>;
  readonly publicAddress: pulumi.Output<string>;
  readonly privateAddress: pulumi.Output<string>;
  readonly hostKey: pulumi.Output<string>;
  /** Size that the droplet has, which may not be that of the arguments. */
  readonly size: pulumi.Output<string>;

  constructor(name: string, args: DropletMachineArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:digitalocean:Machine', name, {}, opts);
    const inside = { parent: this };
    const { region, authorizedKey } = args;
    const key = generatedHostKey(name, inside);
    const userData = whenMade(
      pulumi.all([key.publicKey, key.privateKey]),
      ([publicKey, privateKey]) => cloudInit({ authorizedKey, hostKey: { publicKey, privateKey } }),
    );
    const droplet = new digitalocean.Droplet(
      name,
      {
        image,
        region,
        size: args.size,
        vpcUuid: args.vpcId,
        tags: [...args.tags],
        // Without a key, DigitalOcean sends a root password by email.
        sshKeys: [args.sshKeyId],
        monitoring: true,
        userData: pulumi.secret(userData),
      },
      // A newer image or another cloud-config must not replace a running machine, nor a new size stop
      // all machines together.
      {
        ...inside,
        ignoreChanges: ['image', 'userData', 'sshKeys', ...(args.maySizeChange ? [] : ['size'])],
      },
    );
    this.dropletId = droplet.id.apply(Number);
    this.dropletUrn = droplet.dropletUrn;
    this.size = droplet.size;
    this.privateAddress = droplet.ipv4AddressPrivate;
    this.publicAddress = args.fixedAddress
      ? new digitalocean.ReservedIp(name, { region, dropletId: this.dropletId }, inside).ipAddress
      : droplet.ipv4Address;
    this.hostKey = key.publicKey;
    this.registerOutputs({ publicAddress: this.publicAddress });
  }
}
