import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { hostPolicy, type HostPermissions } from './policy.ts';

type Principal = Readonly<Record<string, string>>;

const trust = (principal: Principal) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: principal }],
});

export interface HostRolesArgs {
  readonly permissions: pulumi.Input<HostPermissions>;
  /** Policies of the members' own role. Empty: they have none. */
  readonly appPolicyArns: readonly string[];
}

export interface HostRoles {
  readonly instanceProfile: pulumi.Output<string>;
  /** Role that the hosts may assume for their members. Undefined: none. */
  readonly appRoleArn: pulumi.Output<string> | undefined;
}

/** Makes the instance profile of a service's hosts, and the role of their members. */
export function hostRoles(
  name: string,
  { permissions, appPolicyArns }: HostRolesArgs,
  opts: pulumi.CustomResourceOptions,
): HostRoles {
  const assumeRolePolicy = JSON.stringify(trust({ Service: 'ec2.amazonaws.com' }));
  const role = new aws.iam.Role(name, { assumeRolePolicy }, opts);
  const appRoleArn =
    appPolicyArns.length > 0 ? appRole(`${name}-app`, { role, appPolicyArns }, opts) : undefined;
  const document = pulumi
    .all([permissions, appRoleArn])
    .apply(([value, arn]) => JSON.stringify(hostPolicy({ ...value, appRoleArn: arn })));
  const policy = new aws.iam.RolePolicy(name, { role: role.id, policy: document }, opts);
  const profile = new aws.iam.InstanceProfile(name, { role: role.name }, opts);
  // Whatever uses the profile waits for its policy.
  const instanceProfile = pulumi.all([profile.name, policy.id]).apply(([made]) => made);
  return { instanceProfile, appRoleArn };
}

/** Role with the application's policies. Only the hosts' own role may assume it. */
function appRole(
  name: string,
  { role, appPolicyArns }: { readonly role: aws.iam.Role } & Pick<HostRolesArgs, 'appPolicyArns'>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const assumeRolePolicy = role.arn.apply((arn) => JSON.stringify(trust({ AWS: arn })));
  const made = new aws.iam.Role(name, { assumeRolePolicy }, opts);
  const attached = appPolicyArns.map(
    (policyArn) =>
      new aws.iam.RolePolicyAttachment(
        `${name}-${policyArn}`,
        { role: made.name, policyArn },
        opts,
      ),
  );
  // Members must not start before their role has its policies.
  return pulumi.all([made.arn, pulumi.all(attached.map(({ id }) => id))]).apply(([arn]) => arn);
}
