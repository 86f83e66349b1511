import * as pulumi from '@pulumi/pulumi';

/** Full name of the stack, `organization/project/stack`, which every backend takes. */
export function fullStackName(): string {
  return [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join('/');
}
