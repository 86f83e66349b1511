import * as pulumi from '@pulumi/pulumi';
import { distinctArchitectures, usualArchitecture } from '../../runtime/contract/architecture.ts';
import { connectionSchema, type ProdConnection } from '../config/prod-connection.ts';
import type { Host } from '../hosts/host.ts';
import type { RedisAccess } from '../services/redis.ts';
import type { PartOptions } from '../shell/part-options.ts';
import { whenMade } from '../shell/when-made.ts';
import type { Target } from '../targets/target.ts';

export interface OfferedConnection {
  readonly service: string;
  /** Name of the target. */
  readonly targetName: string;
  readonly target: Target;
  readonly control: Host;
  readonly redis: RedisAccess;
}

/** Connection for canary stacks. Secret. Undefined on a target whose hosts no other stack can reach. */
export function offerConnection(
  offered: OfferedConnection,
): pulumi.Output<ProdConnection> | undefined {
  const { service, targetName, target, control, redis } = offered;
  if (control.shell.kind === 'here') return undefined;
  const others = target.hosts.filter((host) => host !== control);
  const controls = pulumi.all([control, ...others].flatMap(addressOf));
  const architectures = distinctArchitectures(target.hosts.map(({ architecture }) => architecture));
  const redisUrl = redis.urlFrom(control, 'host');
  return pulumi.secret(
    whenMade(pulumi.all([controls, target.prodNetwork, redisUrl]), ([addresses, network, url]) =>
      connectionSchema.parse({
        service,
        target: targetName,
        control: addresses[0],
        controls: addresses,
        ...(architectures.some((each) => each !== usualArchitecture) && { architectures }),
        redisUrl: url,
        network,
      }),
    ),
  );
}

/** Access to a host by ssh, without the private key; nothing for this machine. */
export function addressOf({ shell }: Host) {
  if (shell.kind === 'here') return [];
  const { connection, proxyJump } = shell;
  const { host, port, user, hostKey } = connection;
  return [pulumi.output({ host, port, user, hostKey, ...(proxyJump && { proxyJump }) })];
}

export interface JoiningStack {
  /** Full name of the prod stack: organization/project/stack. */
  readonly prodStack: string;
  readonly service: string;
  readonly targetName: string;
  readonly opts: PartOptions;
}

/**
 * Reads the connection of a prod stack, before anything is made.
 * @throws RunError if the stack offers none, or has another service or target.
 */
export async function readConnection(joining: JoiningStack): Promise<ProdConnection> {
  const { prodStack, service, targetName, opts } = joining;
  // The engine's own error shows this name if there is no such stack.
  const reference = new pulumi.StackReference('perch:prodStack', { name: prodStack }, opts);
  const { secretValue } = await reference.getOutputDetails('connection');
  // A stack that release 0.1 updated last has the output under its old name.
  const output: unknown = secretValue ?? (await reference.getOutputDetails('joint')).secretValue;
  const parsed = connectionSchema.safeParse(output);
  if (!parsed.success) {
    throw new pulumi.RunError(
      `perch:prodStack must be a prod stack that is up; ${prodStack} offers nothing to join`,
    );
  }
  const connection = parsed.data;
  if (connection.service !== service || connection.target !== targetName) {
    throw new pulumi.RunError(
      `perch:service and perch:target must be those of ${prodStack}, ` +
        `${connection.service} and ${connection.target}, got ${service} and ${targetName}`,
    );
  }
  return connection;
}
