import * as pulumi from '@pulumi/pulumi';
import type { RegistryLogin } from '../hosts/ssh-host.ts';
import { whenMade } from '../shell/when-made.ts';

/** Destination of built images. */
export interface Registry {
  /** `host/path`. */
  readonly address: pulumi.Input<string>;
  readonly username: pulumi.Input<string> | undefined;
  /** Secret. */
  readonly password: pulumi.Input<string> | undefined;
}

/** Host of the registry, without the path. */
export function serverOf(address: pulumi.Input<string>): pulumi.Output<string> {
  return whenMade(pulumi.output(address), (value) => value.split('/')[0] ?? value);
}

/** Login of a host's engine. Undefined: anyone may pull from the registry. */
export function loginOf({ address, username, password }: Registry): RegistryLogin | undefined {
  if (username === undefined || password === undefined) return undefined;
  return { address: serverOf(address), username, password };
}
