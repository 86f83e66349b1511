import * as digitalocean from '@pulumi/digitalocean';
import * as pulumi from '@pulumi/pulumi';
import { cloudInit } from '../../hosts/cloud-init.ts';
import { generatedHostKey } from '../../hosts/host-key.ts';

export interface DropletSettings {
  readonly size: string;
  readonly region: string;
  readonly vpcId: pulumi.Input<string>;
  readonly tags: readonly pulumi.Input<string>[];
  readonly authorizedKey: string;
  readonly sshKeyId: pulumi.Input<string>;
  /** Keep the public address when the droplet is replaced. */
  readonly fixedAddress: boolean;
}

const image = 'ubuntu-24-04-x64';

/** A droplet whose ssh host key is known in advance. */
export class DropletMachine extends pulumi.ComponentResource {
  readonly dropletId: pulumi.Output<number>;
  readonly dropletUrn: pulumi.Output<string>;
  readonly publicAddress: pulumi.Output<string>;
  readonly privateAddress: pulumi.Output<string>;
  readonly hostKey: pulumi.Output<string>;

  constructor(name: string, settings: DropletSettings, options?: pulumi.ComponentResourceOptions) {
    super('perch:digitalocean:Machine', name, {}, options);
    const inside = { parent: this };
    const { region, authorizedKey } = settings;
    const key = generatedHostKey(name, this);
    const userData = pulumi
      .all([key.publicKey, key.privateKey])
      .apply(([publicKey, privateKey]) =>
        cloudInit({ authorizedKey, hostKey: { publicKey, privateKey } }),
      );
    const droplet = new digitalocean.Droplet(
      name,
      {
        image,
        region,
        size: settings.size,
        vpcUuid: settings.vpcId,
        tags: [...settings.tags],
        // Without one, DigitalOcean mails a root password.
        sshKeys: [settings.sshKeyId],
        monitoring: true,
        userData: pulumi.secret(userData),
      },
      // A newer image or another first boot is no reason to throw a running machine away.
      { ...inside, ignoreChanges: ['image', 'userData', 'sshKeys'] },
    );
    this.dropletId = droplet.id.apply(Number);
    this.dropletUrn = droplet.dropletUrn;
    this.privateAddress = droplet.ipv4AddressPrivate;
    this.publicAddress = settings.fixedAddress
      ? new digitalocean.ReservedIp(name, { region, dropletId: this.dropletId }, inside).ipAddress
      : droplet.ipv4Address;
    this.hostKey = key.publicKey;
    this.registerOutputs({ publicAddress: this.publicAddress });
  }
}
