import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { env } from '../../runtime/contract/env.ts';
import { roleCredentials } from '../../runtime/contract/role-credentials.ts';
import type { Host } from '../hosts/host.ts';
import type { HostImage } from '../images/host-image.ts';
import { containerArgs, containerChanges, readOnlyRoot } from './container.ts';
import { healthy } from './container-health.ts';
import { adminHealthCheck } from './health.ts';
import type { RoleAccess } from './role-access.ts';

export interface HostCredentialsArgs extends RoleAccess {
  readonly service: string;
  readonly host: Host;
  readonly image: HostImage;
  readonly roleArn: pulumi.Output<string>;
  /** Time limit to become healthy, seconds. */
  readonly startTimeoutSeconds: number;
}

const adminSocket = '/tmp/admin.sock';
const memoryMiB = 128;

/**
 * Server of the credentials of the members' role on one host. It shares the host's network, so that
 * it reaches the metadata of the instance, which members cannot, and listens on an address that is
 * the host's own in a Docker network without containers: packets of members for it end at the host.
 */
export class HostCredentials extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource;

  constructor(name: string, args: HostCredentialsArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:service:Credentials', name, {}, opts);
    const { service, host, region, roleArn, startTimeoutSeconds } = args;
    const onHost = { parent: this, provider: host.docker };
    const { address: gateway, subnet, port } = roleCredentials;
    const network = new docker.Network(
      name,
      { driver: 'bridge', ipamConfigs: [{ subnet, gateway }] },
      // Its addresses can be in one network at a time.
      { ...onHost, deleteBeforeReplace: true },
    );
    const container = new docker.Container(
      name,
      {
        ...containerArgs({
          service,
          part: 'credentials',
          image: args.image(host),
          environment: {
            [env.service]: service,
            [env.host]: host.name,
            [env.roleToken]: args.token,
          },
          memoryMiB,
          healthCheck: adminHealthCheck(adminSocket, '/readyz'),
          startTimeoutSeconds,
          stopTimeoutSeconds: 10,
        }),
        ...readOnlyRoot,
        networkMode: 'host',
        command: roleArn.apply((role) => [
          'credentials',
          `--role=${role}`,
          `--region=${region}`,
          `--listen=${gateway}:${port}`,
          `--admin=unix:${adminSocket}`,
        ]),
      },
      { ...onHost, ...containerChanges, deleteBeforeReplace: false, dependsOn: [network] },
    );
    this.ready = healthy(name, { host, container, startTimeoutSeconds }, { parent: this });
    this.registerOutputs({});
  }
}
