/** Role of members on AWS, as their containers know it. */
import type * as pulumi from '@pulumi/pulumi';
import { roleCredentials, roleVariables } from '../../runtime/contract/role-credentials.ts';

export interface RoleAccess {
  readonly region: string;
  /** Token with which members get the credentials. Secret. */
  readonly token: pulumi.Output<string>;
}

/** Variables by which the SDKs of AWS find the credentials of the members' role. */
export function roleEnvironment(
  access: RoleAccess | undefined,
): Record<string, pulumi.Input<string>> {
  if (access === undefined) return {};
  const { address, port, path } = roleCredentials;
  const { region, token } = access;
  return {
    [roleVariables.region]: region,
    [roleVariables.regionInPython]: region,
    [roleVariables.url]: `http://${address}:${port}${path}`,
    [roleVariables.token]: token,
  };
}
