import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

export interface AwsNetworkArgs {
  readonly cidr: string;
}

const zones = 2;

/** A VPC with two public subnets in two availability zones: a load balancer needs two. */
export class AwsNetwork extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  readonly subnetIds: readonly pulumi.Output<string>[];

  constructor(name: string, args: AwsNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:aws:Network', name, {}, opts);
    const inside = { parent: this };
    const vpc = new aws.ec2.Vpc(
      name,
      { cidrBlock: args.cidr, enableDnsHostnames: true, tags: { Name: name } },
      inside,
    );
    const gateway = new aws.ec2.InternetGateway(name, { vpcId: vpc.id }, inside);
    const routes = new aws.ec2.RouteTable(
      name,
      { vpcId: vpc.id, routes: [{ cidrBlock: '0.0.0.0/0', gatewayId: gateway.id }] },
      inside,
    );
    // Local and Wavelength Zones sort among them, and have neither load balancers nor every size.
    const available = aws.getAvailabilityZonesOutput(
      { state: 'available', filters: [{ name: 'zone-type', values: ['availability-zone'] }] },
      inside,
    );
    const subnets = Array.from({ length: zones }, (_, index) => {
      const subnet = new aws.ec2.Subnet(
        `${name}-${index}`,
        {
          vpcId: vpc.id,
          cidrBlock: subnetCidr(args.cidr, index),
          availabilityZone: available.names.apply((names) => names[index] ?? ''),
        },
        // A zone that AWS opens or closes must not move the hosts.
        { ...inside, ignoreChanges: ['availabilityZone'] },
      );
      const association = new aws.ec2.RouteTableAssociation(
        `${name}-${index}`,
        { subnetId: subnet.id, routeTableId: routes.id },
        inside,
      );
      // A host in the subnet needs the route, so whatever uses the id waits for it.
      return pulumi.all([subnet.id, association.id]).apply(([id]) => id);
    });
    this.vpcId = vpc.id;
    this.subnetIds = subnets;
    this.registerOutputs({ vpcId: this.vpcId, subnetIds: this.subnetIds });
  }
}

/** Subnet number `index`, a /20, of the /16 network `vpcCidr`. */
export function subnetCidr(vpcCidr: string, index: number): string {
  const [first, second] = vpcCidr.split('.');
  return `${first}.${second}.${index * 16}.0/20`;
}
