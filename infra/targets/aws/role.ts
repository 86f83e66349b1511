import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { hostPolicy, type HostPermissions } from './policy.ts';

const trust = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'ec2.amazonaws.com' } },
  ],
};

/** Makes the instance profile of a service's hosts. */
export function hostProfile(
  name: string,
  permissions: pulumi.Input<HostPermissions>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const role = new aws.iam.Role(name, { assumeRolePolicy: JSON.stringify(trust) }, opts);
  const policy = new aws.iam.RolePolicy(
    name,
    {
      role: role.id,
      policy: pulumi.output(permissions).apply((value) => JSON.stringify(hostPolicy(value))),
    },
    opts,
  );
  const profile = new aws.iam.InstanceProfile(name, { role: role.name }, opts);
  // Whatever uses the profile waits for its policy.
  return pulumi.all([profile.name, policy.id]).apply(([profileName]) => profileName);
}
