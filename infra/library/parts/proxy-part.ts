import type { ComponentResourceOptions } from '@pulumi/pulumi';
import { HostProxy, type HostProxyArgs } from '../../services/host-proxy.ts';
import type { App } from '../../services/app.ts';
import { generatedPassword } from '../../services/password.ts';
import { partImage, type PartImageArgs } from './part-image.ts';
import { setValues } from './set-values.ts';
import { typedDefaults } from './typed-defaults.ts';

type ProxyNeeded = 'service' | 'host' | 'redis';

/** Arguments of a proxy, which serves http. What is not given has the default of a stack. */
export type ProxyPartArgs = Pick<HostProxyArgs, ProxyNeeded> &
  Partial<Omit<HostProxyArgs, ProxyNeeded | 'image' | 'https' | 'after'>> &
  PartImageArgs & {
    /** Stable members: a proxy is ready once it has some. */
    readonly app: App;
  };

/** The proxy of one host. */
export class ProxyPart extends HostProxy {
  constructor(name: string, args: ProxyPartArgs, opts?: ComponentResourceOptions) {
    super(name, proxyArgs(name, args, opts), opts);
  }
}

function proxyArgs(
  name: string,
  args: ProxyPartArgs,
  opts: ComponentResourceOptions | undefined,
): HostProxyArgs {
  const { app, host, pullLogins: _logins, ...given } = args;
  const { httpPort: port, proxyWorkers: workers, healthPath, assetPaths } = typedDefaults;
  const { startTimeoutSeconds, drainTimeoutSeconds, trustedProxies } = typedDefaults;
  const { parent } = opts ?? {};
  const usual = { port, workers, healthPath, assetPaths, startTimeoutSeconds, trustedProxies };
  return {
    ...usual,
    drainTimeoutSeconds,
    https: undefined,
    healthHost: undefined,
    metricsPort: undefined,
    accessLog: undefined,
    unjudgedAfterSeconds: undefined,
    warmUpSeconds: undefined,
    ...setValues(given),
    overrideToken:
      args.overrideToken ??
      generatedPassword(`${name}-override-token`, parent === undefined ? {} : { parent }),
    host,
    image: partImage(name, args, [host], opts),
    after: [app],
  };
}
