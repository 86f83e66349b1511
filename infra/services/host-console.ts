import * as pulumi from '@pulumi/pulumi';
import { env } from '../../runtime/contract/env.ts';
import { hostPort } from '../../runtime/contract/host-port.ts';
import { defaultPorts } from '../../runtime/contract/ports.ts';
import type { Host } from '../hosts/host.ts';
import type { HostImage } from '../images/host-image.ts';
import type { Control } from '../release/control.ts';
import { perchVersion } from '../shell/perch-version.ts';
import { containerArgs, readOnlyRoot } from './container.ts';
import { portHealthCheck } from './health.ts';
import type { RedisAccess } from './redis.ts';
import { swappedMember } from './swapped-member.ts';

/** Provider that people sign in with (OpenID Connect), and those who may. */
export interface SignInArgs {
  /** URL of the provider. */
  readonly issuer: string;
  readonly clientId: string;
  /** Secret. */
  readonly clientSecret: pulumi.Input<string>;
  /** Email addresses, and `@DOMAIN` for everybody there. They may make changes. */
  readonly users: readonly string[];
  /** Those who may look only. */
  readonly viewers: readonly string[];
}

export interface HostConsoleArgs {
  /** Service that the console shows first. */
  readonly service: string;
  /** Access to `perch` for the service that the console itself is. */
  readonly control: Control;
  readonly host: Host;
  readonly image: HostImage;
  readonly redis: RedisAccess;
  /** Address for browsers: `https://HOST[:PORT]`. */
  readonly origin: string;
  readonly signIn: SignInArgs;
  /** Time limit to become healthy, seconds. */
  readonly startTimeoutSeconds: number;
  /** Time limit for open requests when it stops, seconds. */
  readonly drainTimeoutSeconds: number;
  /** Resources created before it and deleted after it. */
  readonly after: readonly pulumi.Resource[];
}

const memoryMiB = 192;

/**
 * The console that people reach by its host name. For proxies and monitors it is the only member of a
 * service of its own: a new one serves before the old one ends, and its failures are incidents.
 */
export class HostConsole extends pulumi.ComponentResource {
  constructor(name: string, args: HostConsoleArgs, opts?: pulumi.ComponentResourceOptions) {
    super('perch:service:Console', name, {}, opts);
    const { host, redis, startTimeoutSeconds, drainTimeoutSeconds } = args;
    const { id } = swappedMember(
      name,
      {
        track: 'stable',
        version: pulumi.output(perchVersion()),
        host,
        control: args.control,
        container: consoleContainer(args),
        port: defaultPorts.console,
        startTimeoutSeconds,
        drainTimeoutSeconds,
        judgeSeconds: 0,
        needs: redis.ready,
        after: args.after,
        turnAfter: undefined,
      },
      this,
    );
    this.registerOutputs({ member: id });
  }
}

function consoleContainer(args: HostConsoleArgs) {
  const { service, control, host, redis, signIn } = args;
  const { issuer, clientId, clientSecret, users, viewers } = signIn;
  return {
    ...containerArgs({
      service: control.service,
      part: 'console',
      image: args.image(host),
      environment: {
        [env.service]: service,
        [env.redisUrl]: redis.urlFrom(host, 'network'),
        [env.consoleOrigin]: args.origin,
        [env.oidcIssuer]: issuer,
        [env.oidcClientId]: clientId,
        [env.oidcClientSecret]: pulumi.secret(clientSecret),
        [env.oidcUsers]: users.join(','),
        ...(viewers.length > 0 && { [env.oidcViewers]: viewers.join(',') }),
      },
      memoryMiB,
      healthCheck: portHealthCheck(defaultPorts.console, '/healthz'),
      startTimeoutSeconds: args.startTimeoutSeconds,
      stopTimeoutSeconds: args.drainTimeoutSeconds,
    }),
    ...readOnlyRoot,
    command: [
      'console',
      `--listen=${hostPort(host.ipv6 ? '::' : '0.0.0.0', defaultPorts.console)}`,
    ],
    networksAdvanced: [{ name: host.network.name }],
  };
}
