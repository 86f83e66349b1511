/** ECR: repositories of images. */
import { tagList, type AwsResource } from './aws-resource.ts';
import type { Properties } from '../../../../support/pulumi/stand-in-answers.ts';

const repository: AwsResource = {
  fixed: ['name', 'encryptionConfigurations'],
  own: ['forceDelete'],
  async create(aws, inputs) {
    const scanning = inputs.part('imageScanningConfiguration');
    const [encryption] = inputs.parts('encryptionConfigurations');
    const repositoryName = inputs.text('name');
    await aws.call('ecr:CreateRepository', {
      repositoryName,
      ...inputs.as('imageTagMutability', 'imageTagMutability'),
      imageScanningConfiguration: scanning.as('scanOnPush', 'scanOnPush'),
      ...(encryption !== undefined && {
        encryptionConfiguration: encryption.as('encryptionType', 'encryptionType'),
      }),
      tags: tagList(aws.tagsOf(inputs)),
    });
    scanning.refuseRest();
    encryption?.refuseRest();
    return repositoryName;
  },
  async read(aws, id) {
    const found = await aws.call('ecr:DescribeRepositories', { repositoryNames: [id] });
    const [repository] = found['repositories'] as Properties[];
    return { arn: repository?.['repositoryArn'], repositoryUrl: repository?.['repositoryUri'] };
  },
  async delete(aws, id, { forceDelete }) {
    const force = forceDelete === true;
    await aws.call('ecr:DeleteRepository', { repositoryName: id, force });
  },
};

const lifecyclePolicy: AwsResource = {
  fixed: ['repository'],
  async create(aws, inputs) {
    const repositoryName = inputs.text('repository');
    const lifecyclePolicyText = inputs.must('policy');
    await aws.call('ecr:PutLifecyclePolicy', { repositoryName, lifecyclePolicyText });
    return repositoryName;
  },
  async read(aws, id) {
    await aws.call('ecr:GetLifecyclePolicy', { repositoryName: id });
    return {};
  },
  async update(aws, { id, after }) {
    const lifecyclePolicyText = after['policy'];
    await aws.call('ecr:PutLifecyclePolicy', { repositoryName: id, lifecyclePolicyText });
  },
  async delete(aws, id) {
    await aws.call('ecr:DeleteLifecyclePolicy', { repositoryName: id });
  },
};

export const registry: Record<string, AwsResource> = {
  'aws:ecr/repository:Repository': repository,
  'aws:ecr/lifecyclePolicy:LifecyclePolicy': lifecyclePolicy,
};
