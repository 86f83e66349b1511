/** EC2: networks and addresses. */
import type { Properties } from '../../../../support/pulumi/stand-in-answers.ts';
import { only, tagList, type Aws, type AwsResource } from './aws-resource.ts';
import type { Inputs } from './inputs.ts';

/** Tags as EC2 takes them when it makes a resource. */
export function tagged(aws: Aws, inputs: Inputs, type: string): Properties {
  return { TagSpecifications: [{ ResourceType: type, Tags: tagList(aws.tagsOf(inputs)) }] };
}

const vpc: AwsResource = {
  fixed: ['cidrBlock'],
  async create(aws, inputs) {
    const made = await aws.call('ec2:CreateVpc', {
      ...inputs.capitalized('cidrBlock'),
      ...tagged(aws, inputs, 'vpc'),
    });
    const { VpcId } = made['Vpc'] as { VpcId: string };
    const EnableDnsHostnames = { Value: inputs.may('enableDnsHostnames') === true };
    await aws.call('ec2:ModifyVpcAttribute', { VpcId, EnableDnsHostnames });
    return VpcId;
  },
  async read(aws, id) {
    only(await aws.call('ec2:DescribeVpcs', { VpcIds: [id] }), 'Vpcs');
    return {};
  },
  async delete(aws, id) {
    await aws.call('ec2:DeleteVpc', { VpcId: id });
  },
};

const internetGateway: AwsResource = {
  fixed: [],
  async create(aws, inputs) {
    const made = await aws.call(
      'ec2:CreateInternetGateway',
      tagged(aws, inputs, 'internet-gateway'),
    );
    const { InternetGatewayId } = made['InternetGateway'] as { InternetGatewayId: string };
    const VpcId = inputs.must('vpcId');
    await aws.call('ec2:AttachInternetGateway', { InternetGatewayId, VpcId });
    return InternetGatewayId;
  },
  async read(aws, id) {
    const found = await aws.call('ec2:DescribeInternetGateways', { InternetGatewayIds: [id] });
    only(found, 'InternetGateways');
    return {};
  },
  async delete(aws, id, { vpcId }) {
    await aws.call('ec2:DetachInternetGateway', { InternetGatewayId: id, VpcId: vpcId });
    await aws.call('ec2:DeleteInternetGateway', { InternetGatewayId: id });
  },
};

const routeTable: AwsResource = {
  fixed: ['vpcId'],
  async create(aws, inputs) {
    const made = await aws.call('ec2:CreateRouteTable', {
      ...inputs.capitalized('vpcId'),
      ...tagged(aws, inputs, 'route-table'),
    });
    const { RouteTableId } = made['RouteTable'] as { RouteTableId: string };
    for (const route of inputs.parts('routes')) {
      await aws.call('ec2:CreateRoute', {
        RouteTableId,
        ...route.as('DestinationCidrBlock', 'cidrBlock'),
        ...route.capitalized('gatewayId'),
      });
      route.refuseRest();
    }
    return RouteTableId;
  },
  async read(aws, id) {
    only(await aws.call('ec2:DescribeRouteTables', { RouteTableIds: [id] }), 'RouteTables');
    return {};
  },
  async delete(aws, id) {
    await aws.call('ec2:DeleteRouteTable', { RouteTableId: id });
  },
};

const subnet: AwsResource = {
  fixed: ['vpcId', 'cidrBlock', 'availabilityZone'],
  async create(aws, inputs) {
    const made = await aws.call('ec2:CreateSubnet', {
      ...inputs.capitalized('vpcId', 'cidrBlock', 'availabilityZone'),
      ...tagged(aws, inputs, 'subnet'),
    });
    return (made['Subnet'] as { SubnetId: string }).SubnetId;
  },
  async read(aws, id) {
    only(await aws.call('ec2:DescribeSubnets', { SubnetIds: [id] }), 'Subnets');
    return {};
  },
  async delete(aws, id) {
    await aws.call('ec2:DeleteSubnet', { SubnetId: id });
  },
};

const routeTableAssociation: AwsResource = {
  fixed: ['subnetId'],
  async create(aws, inputs) {
    const members = inputs.capitalized('subnetId', 'routeTableId');
    const made = await aws.call('ec2:AssociateRouteTable', members);
    return String(made['AssociationId']);
  },
  async read(aws, id) {
    const Filters = [{ Name: 'association.route-table-association-id', Values: [id] }];
    only(await aws.call('ec2:DescribeRouteTables', { Filters }), 'RouteTables');
    return {};
  },
  async delete(aws, id) {
    await aws.call('ec2:DisassociateRouteTable', { AssociationId: id });
  },
};

const eip: AwsResource = {
  fixed: ['domain'],
  async create(aws, inputs) {
    const made = await aws.call('ec2:AllocateAddress', {
      ...inputs.capitalized('domain'),
      ...tagged(aws, inputs, 'elastic-ip'),
    });
    const { AllocationId } = made as { AllocationId: string };
    const InstanceId = inputs.must('instance');
    await aws.call('ec2:AssociateAddress', { AllocationId, InstanceId });
    return AllocationId;
  },
  async read(aws, id) {
    const found = await aws.call('ec2:DescribeAddresses', { AllocationIds: [id] });
    return { publicIp: only(found, 'Addresses')['PublicIp'] };
  },
  async delete(aws, id) {
    const found = await aws.call('ec2:DescribeAddresses', { AllocationIds: [id] });
    const { AssociationId } = only(found, 'Addresses');
    await aws.call('ec2:DisassociateAddress', { AssociationId });
    await aws.call('ec2:ReleaseAddress', { AllocationId: id });
  },
};

export const network: Record<string, AwsResource> = {
  'aws:ec2/vpc:Vpc': vpc,
  'aws:ec2/internetGateway:InternetGateway': internetGateway,
  'aws:ec2/routeTable:RouteTable': routeTable,
  'aws:ec2/subnet:Subnet': subnet,
  'aws:ec2/routeTableAssociation:RouteTableAssociation': routeTableAssociation,
  'aws:ec2/eip:Eip': eip,
};
