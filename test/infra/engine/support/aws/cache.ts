/** ElastiCache. */
import type { Properties } from '../../../../support/pulumi/stand-in-answers.ts';
import { only, tagList, type AwsResource } from './aws-resource.ts';

const subnetGroup: AwsResource = {
  named: { key: 'name', longest: 255 },
  fixed: ['name'],
  async create(aws, inputs) {
    const CacheSubnetGroupName = inputs.text('name').toLowerCase();
    await aws.call('elasticache:CreateCacheSubnetGroup', {
      CacheSubnetGroupName,
      CacheSubnetGroupDescription: inputs.must('description'),
      ...inputs.capitalized('subnetIds'),
      Tags: tagList(aws.tagsOf(inputs)),
    });
    return CacheSubnetGroupName;
  },
  async read(aws, id) {
    const input = { CacheSubnetGroupName: id };
    only(await aws.call('elasticache:DescribeCacheSubnetGroups', input), 'CacheSubnetGroups');
    return { name: id };
  },
  async delete(aws, id) {
    await aws.call('elasticache:DeleteCacheSubnetGroup', { CacheSubnetGroupName: id });
  },
};

const parameterGroup: AwsResource = {
  named: { key: 'name', longest: 255 },
  fixed: ['name', 'family'],
  async create(aws, inputs) {
    const CacheParameterGroupName = inputs.text('name').toLowerCase();
    await aws.call('elasticache:CreateCacheParameterGroup', {
      CacheParameterGroupName,
      CacheParameterGroupFamily: inputs.must('family'),
      ...inputs.capitalized('description'),
      Tags: tagList(aws.tagsOf(inputs)),
    });
    const parameters = inputs.parts('parameters').map((parameter) => ({
      ParameterName: parameter.must('name'),
      ParameterValue: parameter.must('value'),
    }));
    await aws.call('elasticache:ModifyCacheParameterGroup', {
      CacheParameterGroupName,
      ParameterNameValues: parameters,
    });
    return CacheParameterGroupName;
  },
  async read(aws, id) {
    const input = { CacheParameterGroupName: id };
    only(await aws.call('elasticache:DescribeCacheParameterGroups', input), 'CacheParameterGroups');
    return { name: id };
  },
  async delete(aws, id) {
    await aws.call('elasticache:DeleteCacheParameterGroup', { CacheParameterGroupName: id });
  },
};

const replicationGroup: AwsResource = {
  named: { key: 'replicationGroupId', longest: 40 },
  fixed: ['replicationGroupId', 'subnetGroupName', 'port', 'atRestEncryptionEnabled'],
  async create(aws, inputs) {
    const ReplicationGroupId = inputs.text('replicationGroupId').toLowerCase();
    await aws.call('elasticache:CreateReplicationGroup', {
      ReplicationGroupId,
      ReplicationGroupDescription: inputs.must('description'),
      ...inputs.as('CacheParameterGroupName', 'parameterGroupName'),
      ...inputs.as('CacheSubnetGroupName', 'subnetGroupName'),
      ...inputs.as('CacheNodeType', 'nodeType'),
      ...inputs.as('MultiAZEnabled', 'multiAzEnabled'),
      ...inputs.capitalized(
        'engine',
        'engineVersion',
        'numCacheClusters',
        'automaticFailoverEnabled',
        'port',
        'securityGroupIds',
        'atRestEncryptionEnabled',
        'transitEncryptionEnabled',
        'authToken',
        'snapshotRetentionLimit',
      ),
      Tags: tagList(aws.tagsOf(inputs)),
    });
    return ReplicationGroupId;
  },
  async read(aws, id) {
    const input = { ReplicationGroupId: id };
    const found = await aws.call('elasticache:DescribeReplicationGroups', input);
    const { PrimaryEndpoint } = only(only(found, 'ReplicationGroups'), 'NodeGroups');
    return { primaryEndpointAddress: (PrimaryEndpoint as Properties)['Address'] };
  },
  async delete(aws, id) {
    await aws.call('elasticache:DeleteReplicationGroup', { ReplicationGroupId: id });
  },
};

export const cache: Record<string, AwsResource> = {
  'aws:elasticache/subnetGroup:SubnetGroup': subnetGroup,
  'aws:elasticache/parameterGroup:ParameterGroup': parameterGroup,
  'aws:elasticache/replicationGroup:ReplicationGroup': replicationGroup,
};
