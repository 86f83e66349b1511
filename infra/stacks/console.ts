/** The console that a stack shows under a host name of its own. */
import type * as pulumi from '@pulumi/pulumi';
import { consoleService } from '../../runtime/contract/names.ts';
import { consoleOrigin, consolePage } from '../config/console.ts';
import { tlsOf } from '../config/edge.ts';
import type { StackConfig } from '../config/stack-config.ts';
import type { Host } from '../hosts/host.ts';
import type { HostImage } from '../images/host-image.ts';
import type { Control } from '../release/control.ts';
import type { ServiceRoute } from '../release/route.ts';
import { registeredService } from '../release/service-registration.ts';
import { HostConsole } from '../services/host-console.ts';
import { guestMonitorConfig } from '../services/monitor-config.ts';
import type { RedisAccess } from '../services/redis.ts';
import type { PartOptions } from '../shell/part-options.ts';
import { fullStackName } from '../shell/stack-name.ts';
import { certifiedRoute } from './edge.ts';
import { monitorConfigOptions } from './service-args.ts';

interface ShownStack {
  /** Host that runs the console. */
  readonly host: Host;
  readonly image: HostImage;
  readonly redis: RedisAccess;
  readonly control: Control;
  readonly opts: PartOptions;
}

/** The console, as the rest of its stack knows it. */
export interface ShownConsole {
  /** Name of the service that it is for the proxies and the monitors. */
  readonly service: string;
  /** Address for browsers. */
  readonly origin: string;
  readonly parts: readonly pulumi.Resource[];
}

/**
 * Makes the console of a stack with `consoleHost`: registered with the monitors, one member on the host,
 * and a route once it serves.
 * @param after the proxies and the service's own route. Alone, the console's route would make the proxies
 *   refuse the requests of the service.
 */
export function makeConsole(
  config: StackConfig,
  { host, image, redis, control: stack, opts }: ShownStack,
  after: readonly pulumi.Resource[],
): ShownConsole | undefined {
  const origin = consoleOrigin(config);
  const { consoleHost, consoleSignIn, consoleClientSecret } = config;
  if (origin === undefined || consoleHost === undefined) return undefined;
  if (consoleSignIn === undefined || consoleClientSecret === undefined) return undefined;
  const service = consoleService(config.service);
  const unregistered = { ...stack, service, edgeService: config.service, owner: fullStackName() };
  const registered = registeredService(
    'console-service',
    {
      control: unregistered,
      // It reaches the keys of every service of the proxies, by the stack's own user.
      redisPassword: undefined,
      monitor: consoleMonitorConfig(config, consolePage(origin, service)),
      webhookUrl: config.webhookUrl,
      webhookSecret: config.webhookSecret,
      after,
    },
    opts,
  );
  const control = { ...unregistered, ready: [registered] };
  const console = new HostConsole(
    'console',
    {
      service: config.service,
      control,
      host,
      image,
      redis,
      origin,
      signIn: { ...consoleSignIn, clientSecret: consoleClientSecret },
      startTimeoutSeconds: config.startTimeoutSeconds,
      drainTimeoutSeconds: config.drainTimeoutSeconds,
      after: [registered],
    },
    opts,
  );
  const served = { config, route: consoleRoute(config, consoleHost), control, after: [console] };
  const route = certifiedRoute('console-', served, opts);
  return { service, origin, parts: [registered, console, ...route] };
}

/** Monitors do for the console what they do for the service; it has no canary, and no flags. */
function consoleMonitorConfig(config: StackConfig, link: string): Record<string, unknown> {
  const options = monitorConfigOptions({ ...config, killFlags: [], cloudwatchAlarms: [] });
  return guestMonitorConfig({ ...options, link, judge: {} });
}

function consoleRoute(config: StackConfig, host: string): ServiceRoute {
  return {
    hosts: [host],
    pathPrefix: undefined,
    healthPath: '/healthz',
    healthHost: undefined,
    assetPaths: undefined,
    tls: tlsOf(config),
    hstsSeconds: config.hsts,
  };
}
