import type { local, remote } from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import { controlCommand, ownerWords, type Control } from './control.ts';

export interface OwnCertificateArgs {
  readonly control: Control;
  /** PEM, the certificate of the hosts first. */
  readonly certificate: string;
  /** PEM. Secret. */
  readonly privateKey: string;
  /** Host names that it covers. Those of the registered route may be older. */
  readonly hosts: readonly string[];
  /** Path prefix for which they are registered next. Undefined: every path. */
  readonly pathPrefix: string | undefined;
  /** Resources created before it and deleted after it. */
  readonly after: readonly pulumi.Resource[];
}

/** Gives the proxies the service's own certificate. A new one replaces it in place. */
export function ownCertificate(
  name: string,
  { control, certificate, privateKey, hosts, pathPrefix, after }: OwnCertificateArgs,
  opts?: pulumi.CustomResourceOptions,
): local.Command | remote.Command {
  const { service, edgeService = service } = control;
  return controlCommand(
    name,
    {
      // The proxies look for certificates under the keys of their own service.
      control: { ...control, service: edgeService },
      create: [...certificateWords(service, { hosts, pathPrefix }), ...ownerWords(control)],
      stdin: pulumi.secret(`${certificate.trim()}\n${privateKey.trim()}\n`),
      delete: ['certificate', 'remove', service, ...ownerWords(control)],
      triggers: [],
      after,
    },
    // Both have one name in Redis: the end of the old one must not undo the new one.
    { ...opts, deleteBeforeReplace: true },
  );
}

/** Arguments of `perch` that store the certificate before the route is registered. */
export function certificateWords(
  service: string,
  { hosts, pathPrefix }: Pick<OwnCertificateArgs, 'hosts' | 'pathPrefix'>,
): string[] {
  return [
    'certificate',
    'set',
    service,
    ...hosts.map((host) => `--host=${host}`),
    // Another service may have the same host with another prefix.
    ...(pathPrefix === undefined ? [] : [`--path-prefix=${pathPrefix}`]),
  ];
}
