import * as pulumi from '@pulumi/pulumi';
import type { StackConfig } from '../../config/stack-config.ts';
import { bootstrapScript } from '../../hosts/bootstrap.ts';
import type { Neighbourhood } from '../prod-network.ts';
import { configuredRegistry, loginOf } from '../../images/registry.ts';
import type { Site } from '../target.ts';
import { SshHost } from '../../hosts/ssh-host.ts';

/** Machines that are there already: nothing is created, each is made ready over ssh. */
export function serverSite(config: StackConfig): Site {
  const registry = configuredRegistry(config);
  const hosts = config.servers.map(
    ({ name, address, privateAddress, user, port, hostKey }) =>
      new SshHost(name, {
        hostName: name,
        publicAddress: address,
        privateAddress,
        user,
        port,
        hostKey,
        privateKey: pulumi.secret(config.sshPrivateKey ?? ''),
        prepare: bootstrapScript,
        registry: registry && loginOf(registry),
        bootSeconds: 10,
      }),
  );
  return {
    hosts,
    registry,
    managedRedis: undefined,
    loadBalancer: undefined,
    dashboardUrl: undefined,
    neighbourhood: pulumi.output<Neighbourhood>({}),
  };
}
