import type { local, remote } from '@pulumi/command';
import type * as pulumi from '@pulumi/pulumi';
import type { TlsMode } from '../../runtime/contract/edge.ts';
import { controlCommand, ownerWords, type Control } from './control.ts';

/** Host names and path of a service, and how their TLS is done. */
export interface ServiceRoute {
  /** At least one. */
  readonly hosts: readonly string[];
  /** Undefined: every path. */
  readonly pathPrefix: string | undefined;
  /** Path that the proxies request from members to check their health. */
  readonly healthPath: string;
  /** Host of these requests. Undefined: the member's address. */
  readonly healthHost: string | undefined;
  /** Beginnings of paths of assets, which another version is asked for. Undefined: none. */
  readonly assetPaths: readonly string[] | undefined;
  readonly tls: TlsMode;
  /** Max-age of Strict-Transport-Security, seconds. Undefined: not sent. */
  readonly hstsSeconds: number | undefined;
}

export interface RegisteredRouteArgs extends ServiceRoute {
  readonly control: Control;
  /** Resources created before it and deleted after it: the proxies, and their certificate. */
  readonly after: readonly pulumi.Resource[];
}

/** Route as `perch route set` reads it. */
export function routeText(service: string, route: ServiceRoute): string {
  const { hosts, pathPrefix, healthPath, healthHost, assetPaths, tls, hstsSeconds } = route;
  const health = { healthPath, healthHost };
  return JSON.stringify({ service, hosts, pathPrefix, ...health, assetPaths, tls, hstsSeconds });
}

/**
 * Registers the route of a service with the proxies. A change of it is an update in place, and so
 * loses no traffic. A host that another service has is refused with both names.
 */
export function registeredRoute(
  name: string,
  { control, after, ...route }: RegisteredRouteArgs,
  opts?: pulumi.CustomResourceOptions,
): local.Command | remote.Command {
  const { service } = control;
  return controlCommand(
    name,
    {
      control,
      create: ['route', 'set', '--json', ...ownerWords(control)],
      stdin: routeText(service, route),
      delete: ['route', 'remove', service, ...ownerWords(control)],
      triggers: [],
      after,
    },
    // Both have one name in Redis: the end of the old one must not undo the new one.
    { ...opts, deleteBeforeReplace: true },
  );
}
