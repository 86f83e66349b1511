/** The pulls of a stack's images, with the logins of its registries. */
import * as pulumi from '@pulumi/pulumi';
import { noRegistry } from '../config/image-reference.ts';
import { usualArchitecture } from '../../runtime/contract/architecture.ts';
import type { StackConfig } from '../config/stack-config.ts';
import type { Host } from '../hosts/host.ts';
import { deliveredPull } from '../images/delivery.ts';
import { onHosts, type HostImage } from '../images/host-image.ts';
import { pullImage } from '../images/pull.ts';
import type { PullLogin } from '../images/pull-script.ts';
import { loginOf, type Registry } from '../images/registry.ts';
import type { ReleaseImages } from '../images/release-images.ts';
import type { PartOptions } from '../shell/part-options.ts';

/** The logins that the stack configures, and that of its own registry. Secret. */
export function pullLogins(
  { pullLogins: configured }: StackConfig,
  registry: Registry | undefined,
): pulumi.Output<readonly PullLogin[]> {
  const own = registry && loginOf(registry);
  const logins = pulumi.all([own?.address, own?.username, own?.password]).apply((parts) => {
    const [server, username, password] = parts;
    if (server === undefined || username === undefined || password === undefined) return configured;
    return [{ server, username, password }, ...configured];
  });
  return pulumi.secret(logins);
}

interface Pulls {
  readonly images: ReleaseImages;
  readonly hosts: readonly Host[];
  readonly logins: pulumi.Output<readonly PullLogin[]>;
  readonly opts: PartOptions;
}

/** Pulls the application's image on every host. */
export function appOnHosts({ images, hosts, logins, opts }: Pulls): HostImage {
  return onHosts('app', { reference: images.app, key: 'image', logins }, hosts, opts);
}

/** Pulls the image of `canaryImage` on every host. */
export function canaryOnHosts({
  reference,
  hosts,
  logins,
  opts,
}: Omit<Pulls, 'images'> & { readonly reference: pulumi.Output<string> }): HostImage {
  return onHosts('canary-app', { reference, key: 'canaryImage', logins }, hosts, opts);
}

/** Pulls Perch's own image on every host. */
export function runtimeOnHosts({ images, hosts, logins, opts }: Pulls): HostImage {
  return onHosts(
    'runtime',
    { reference: images.runtime, key: 'runtimeImage', logins },
    hosts,
    opts,
  );
}

/** Brings Redis' image to its host. */
export function redisPull(
  { redisImage, registry }: StackConfig,
  host: Host,
  { logins, opts }: Pick<Pulls, 'logins' | 'opts'>,
): pulumi.Resource {
  const { shell, ready } = host;
  const key = 'redisImage';
  const architecture = host.architecture === usualArchitecture ? undefined : host.architecture;
  const args = { image: redisImage, key, repository: 'redis', architecture, logins };
  const image = registry === noRegistry ? deliveredPull(args, host) : redisImage;
  return pullImage('redis-pull', { image, key, shell, logins, architecture, after: [ready] }, opts);
}
