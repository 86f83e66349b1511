import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Architecture } from '../../../runtime/contract/architecture.ts';
import { cloudInit } from '../../hosts/cloud-init.ts';
import { generatedHostKey } from '../../hosts/host-key.ts';
import { whenMade } from '../../shell/when-made.ts';

export interface AwsMachineArgs {
  readonly size: string;
  /** Architecture of `size`. */
  readonly architecture: Architecture;
  /** True if this update may stop the running machine to give it `size`. */
  readonly maySizeChange: boolean;
  readonly subnetId: pulumi.Input<string>;
  readonly securityGroupIds: readonly pulumi.Input<string>[];
  readonly instanceProfile: pulumi.Input<string>;
  readonly authorizedKey: string;
  /** Keeps the public address when the machine stops and starts. */
  readonly fixedAddress: boolean;
}

const canonical = '099720109477';
const diskGiB = 20;

/** An EC2 instance with IMDSv2 only, an encrypted disk and an ssh host key known in advance. */
export class AwsMachine extends pulumi.ComponentResource {
  readonly instanceId: pulumi.Output<string>;
  readonly publicAddress: pulumi.Output<string>;
  readonly privateAddress: pulumi.Output<string>;
  readonly hostKey: pulumi.Output<string>;
  /** Size that the machine has, which may not be that of the arguments. */
  readonly size: pulumi.Output<string>;

  constructor(name: string, args: AwsMachineArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:aws:Machine', name, {}, opts);
    const inside = { parent: this };
    const key = generatedHostKey(name, inside);
    const userData = whenMade(
      pulumi.all([key.publicKey, key.privateKey]),
      ([publicKey, privateKey]) =>
        cloudInit({
          authorizedKey: args.authorizedKey,
          hostKey: { publicKey, privateKey },
        }),
    );
    const image = `ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-${args.architecture}-server-*`;
    const ami = aws.ec2.getAmiOutput(
      { owners: [canonical], mostRecent: true, filters: [{ name: 'name', values: [image] }] },
      inside,
    );
    const instance = new aws.ec2.Instance(
      name,
      {
        ami: ami.id,
        instanceType: args.size,
        subnetId: args.subnetId,
        vpcSecurityGroupIds: [...args.securityGroupIds],
        iamInstanceProfile: args.instanceProfile,
        associatePublicIpAddress: true,
        userData: pulumi.secret(userData),
        metadataOptions: {
          httpEndpoint: 'enabled',
          httpTokens: 'required',
          // Containers with a network of their own, such as members, must not reach it.
          httpPutResponseHopLimit: 1,
        },
        rootBlockDevice: { encrypted: true, volumeType: 'gp3', volumeSize: diskGiB },
        tags: { Name: name },
      },
      // A newer image, another cloud-config or another list of zones must not replace a running
      // machine, nor a new size stop all machines together.
      {
        ...inside,
        ignoreChanges: [
          'ami',
          'userData',
          'subnetId',
          ...(args.maySizeChange ? [] : ['instanceType']),
        ],
      },
    );
    this.instanceId = instance.id;
    this.size = instance.instanceType;
    this.privateAddress = instance.privateIp;
    this.publicAddress = args.fixedAddress
      ? new aws.ec2.Eip(name, { instance: instance.id, domain: 'vpc' }, inside).publicIp
      : instance.publicIp;
    this.hostKey = key.publicKey;
    this.registerOutputs({ instanceId: this.instanceId, publicAddress: this.publicAddress });
  }
}
