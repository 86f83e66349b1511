import * as pulumi from '@pulumi/pulumi';
import type { RegistryLogin } from '../hosts/ssh-host.ts';
import type { PullLogin } from './pull-script.ts';
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

/** Name of Docker Hub that the Docker plugin looks for when an image names no registry. */
const dockerHub = { server: 'docker.io', pluginServer: 'registry-1.docker.io' };

/**
 * Logins of a host's Docker plugin: it pulls what is missing on a host, as after a refresh. The login
 * of the stack's own registry comes last, so that it counts where both have one.
 */
export function pluginLogins(
  registry: Registry | undefined,
  pullLogins: readonly PullLogin[],
): RegistryLogin[] {
  const own = registry && loginOf(registry);
  const pulls = pullLogins.flatMap(({ server, username, password }) => {
    const { server: hub, pluginServer } = dockerHub;
    return (server === hub ? [server, pluginServer] : [server]).map((address) => ({
      address,
      username: pulumi.secret(username),
      password: pulumi.secret(password),
    }));
  });
  return [...pulls, ...(own === undefined ? [] : [own])];
}

/** Login of a host's engine. Undefined: anyone may pull from the registry. */
export function loginOf({ address, username, password }: Registry): RegistryLogin | undefined {
  if (username === undefined || password === undefined) return undefined;
  return { address: serverOf(address), username, password };
}
