import type * as pulumi from '@pulumi/pulumi';
import type { StackConfig } from '../config/stack-config.ts';
import type { HostImage } from '../images/host-image.ts';
import { HostCredentials } from '../services/host-credentials.ts';
import { generatedPassword } from '../services/password.ts';
import type { RoleAccess } from '../services/role-access.ts';
import type { PartOptions } from '../shell/part-options.ts';
import type { Target } from '../targets/target.ts';

interface MemberRoleArgs {
  readonly target: Pick<Target, 'hosts' | 'appRoleArn'>;
  /** Perch's own image on the hosts. */
  readonly image: HostImage;
  readonly opts: PartOptions;
}

/** Own role of a stack's members. */
interface MemberRole {
  /** Undefined: they have none. */
  readonly roleAccess: RoleAccess | undefined;
  /** Resources that members, workers and hooks need before they start. */
  readonly ready: readonly pulumi.Resource[];
}

/** Makes a server of the members' credentials on each host, if `appPolicyArns` names policies. */
export function makeMemberRole(
  { service, region = '', startTimeoutSeconds }: StackConfig,
  { target: { hosts, appRoleArn: roleArn }, image, opts }: MemberRoleArgs,
): MemberRole {
  if (roleArn === undefined) return { roleAccess: undefined, ready: [] };
  const roleAccess = { region, token: generatedPassword('role-token', opts) };
  const ready = hosts.map((host) => {
    const args = { ...roleAccess, service, host, image, roleArn, startTimeoutSeconds };
    return new HostCredentials(`credentials-${host.name}`, args, opts).ready;
  });
  return { roleAccess, ready };
}
