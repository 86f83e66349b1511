import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { hostPolicy, type PolicySettings } from './policy.ts';

const trust = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'ec2.amazonaws.com' } },
  ],
};

/** The instance profile of a service's hosts. */
export function hostProfile(
  name: string,
  settings: pulumi.Input<PolicySettings>,
  options: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const role = new aws.iam.Role(name, { assumeRolePolicy: JSON.stringify(trust) }, options);
  const policy = new aws.iam.RolePolicy(
    name,
    {
      role: role.id,
      policy: pulumi.output(settings).apply((value) => JSON.stringify(hostPolicy(value))),
    },
    options,
  );
  const profile = new aws.iam.InstanceProfile(name, { role: role.name }, options);
  // Who takes the profile gets its rights with it.
  return pulumi.all([profile.name, policy.id]).apply(([profileName]) => profileName);
}
