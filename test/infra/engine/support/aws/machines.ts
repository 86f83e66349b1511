/** EC2 instances and what they may do: IAM. */
import type { Properties } from '../../../../support/pulumi/stand-in-answers.ts';
import { only, tagList, type Aws, type AwsResource } from './aws-resource.ts';
import type { Inputs } from './inputs.ts';
import { tagged } from './network.ts';

/** AWS takes no longer user data; neither emulator nor model says so. */
const longestUserDataBytes = 16_384;

const instance: AwsResource = {
  fixed: [
    'ami',
    'subnetId',
    'associatePublicIpAddress',
    'userData',
    'rootBlockDevice',
    'iamInstanceProfile',
  ],
  async create(aws, inputs) {
    const metadata = inputs.part('metadataOptions');
    const disk = inputs.part('rootBlockDevice');
    const UserData = inputs.text('userData');
    if (Buffer.byteLength(UserData) > longestUserDataBytes) {
      throw new Error(`userData must have at most ${longestUserDataBytes} bytes`);
    }
    const made = await aws.call('ec2:RunInstances', {
      ImageId: inputs.must('ami'),
      MinCount: 1,
      MaxCount: 1,
      ...inputs.capitalized('instanceType'),
      IamInstanceProfile: { Name: inputs.must('iamInstanceProfile') },
      UserData,
      NetworkInterfaces: [
        {
          DeviceIndex: 0,
          ...inputs.capitalized('subnetId', 'associatePublicIpAddress'),
          Groups: inputs.must('vpcSecurityGroupIds'),
        },
      ],
      MetadataOptions: metadata.capitalized(
        'httpEndpoint',
        'httpTokens',
        'httpPutResponseHopLimit',
      ),
      BlockDeviceMappings: [
        {
          DeviceName: '/dev/sda1',
          Ebs: disk.capitalized('encrypted', 'volumeType', 'volumeSize'),
        },
      ],
      ...tagged(aws, inputs, 'instance'),
    });
    metadata.refuseRest();
    disk.refuseRest();
    return String(only(made, 'Instances')['InstanceId']);
  },
  async read(aws, id) {
    const { PrivateIpAddress, PublicIpAddress } = await described(aws, id);
    return { privateIp: PrivateIpAddress, publicIp: PublicIpAddress };
  },
  async update(aws, { id, before, after }) {
    if (before['instanceType'] !== after['instanceType']) {
      await aws.call('ec2:StopInstances', { InstanceIds: [id] });
      const InstanceType = { Value: after['instanceType'] };
      await aws.call('ec2:ModifyInstanceAttribute', { InstanceId: id, InstanceType });
      await aws.call('ec2:StartInstances', { InstanceIds: [id] });
    }
    const network = only(await described(aws, id), 'NetworkInterfaces');
    await aws.call('ec2:ModifyNetworkInterfaceAttribute', {
      NetworkInterfaceId: network['NetworkInterfaceId'],
      Groups: after['vpcSecurityGroupIds'],
    });
  },
  async delete(aws, id) {
    await aws.call('ec2:TerminateInstances', { InstanceIds: [id] });
  },
};

async function described(aws: Aws, id: string): Promise<Properties> {
  const found = await aws.call('ec2:DescribeInstances', { InstanceIds: [id] });
  const instance = only(only(found, 'Reservations'), 'Instances');
  const { Name } = instance['State'] as { Name: string };
  if (Name !== 'running') throw new Error(`instance ${id} is ${Name}`);
  return instance;
}

const role: AwsResource = {
  named: { key: 'name', longest: 64 },
  fixed: ['name'],
  async create(aws, inputs) {
    const RoleName = inputs.text('name');
    await aws.call('iam:CreateRole', {
      RoleName,
      AssumeRolePolicyDocument: inputs.must('assumeRolePolicy'),
      Tags: tagList(aws.tagsOf(inputs)),
    });
    return RoleName;
  },
  async read(aws, id) {
    const found = await aws.call('iam:GetRole', { RoleName: id });
    return { arn: (found['Role'] as Properties)['Arn'] };
  },
  async delete(aws, id) {
    await aws.call('iam:DeleteRole', { RoleName: id });
  },
};

function putPolicy(aws: Aws, inputs: Inputs) {
  return aws.call('iam:PutRolePolicy', {
    RoleName: inputs.must('role'),
    PolicyName: inputs.must('name'),
    PolicyDocument: inputs.must('policy'),
  });
}

const splitPolicyId = (id: string) => {
  const [RoleName, PolicyName] = id.split(':');
  return { RoleName, PolicyName };
};

const rolePolicy: AwsResource = {
  named: { key: 'name', longest: 128 },
  fixed: ['name', 'role'],
  async create(aws, inputs) {
    await putPolicy(aws, inputs);
    return `${inputs.text('role')}:${inputs.text('name')}`;
  },
  async read(aws, id) {
    await aws.call('iam:GetRolePolicy', splitPolicyId(id));
    return {};
  },
  async update(aws, { id, after }) {
    const PolicyDocument = after['policy'];
    await aws.call('iam:PutRolePolicy', { ...splitPolicyId(id), PolicyDocument });
  },
  async delete(aws, id) {
    await aws.call('iam:DeleteRolePolicy', splitPolicyId(id));
  },
};

const instanceProfile: AwsResource = {
  named: { key: 'name', longest: 128 },
  fixed: ['name'],
  async create(aws, inputs) {
    const InstanceProfileName = inputs.text('name');
    await aws.call('iam:CreateInstanceProfile', {
      InstanceProfileName,
      Tags: tagList(aws.tagsOf(inputs)),
    });
    const RoleName = inputs.must('role');
    await aws.call('iam:AddRoleToInstanceProfile', { InstanceProfileName, RoleName });
    return InstanceProfileName;
  },
  async read(aws, id) {
    await aws.call('iam:GetInstanceProfile', { InstanceProfileName: id });
    return {};
  },
  async delete(aws, id, { role: RoleName }) {
    const InstanceProfileName = id;
    await aws.call('iam:RemoveRoleFromInstanceProfile', { InstanceProfileName, RoleName });
    await aws.call('iam:DeleteInstanceProfile', { InstanceProfileName });
  },
};

export const machines: Record<string, AwsResource> = {
  'aws:ec2/instance:Instance': instance,
  'aws:iam/role:Role': role,
  'aws:iam/rolePolicy:RolePolicy': rolePolicy,
  'aws:iam/instanceProfile:InstanceProfile': instanceProfile,
};
