import * as pulumi from '@pulumi/pulumi';
import type { StackConfig } from '../config/stack-config.ts';
import { serverOf, type Registry } from './image.ts';
import type { RegistryLogin } from '../hosts/ssh-host.ts';

/** The registry that the stack names, if it names one. */
export function configuredRegistry(config: StackConfig): Registry | undefined {
  const { registry: address, registryUsername: username, registryPassword: password } = config;
  if (address === undefined) return undefined;
  return {
    address,
    username,
    password: password === undefined ? undefined : pulumi.secret(password),
  };
}

/** How a host's engine logs in there; undefined: the registry lets anyone pull. */
export function loginOf({ address, username, password }: Registry): RegistryLogin | undefined {
  if (username === undefined || password === undefined) return undefined;
  return { address: serverOf(address), username, password };
}
