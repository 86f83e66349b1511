import * as pulumi from '@pulumi/pulumi';
import { jointSchema, type Joint } from '../config/prod-connection.ts';
import type { Host } from '../hosts/host.ts';
import type { Site } from '../targets/target.ts';
import type { RedisAccess } from '../services/redis.ts';

/** Undefined on a target whose hosts no other stack can reach. */
export function offerJoint(
  service: string,
  target: string,
  control: Host,
  redis: RedisAccess,
  site: Site,
): pulumi.Output<Joint> | undefined {
  if (control.shell.kind === 'here') return undefined;
  const { host, port, user, hostKey } = control.shell.connection;
  const parts = pulumi.all([host, port, user, hostKey, site.neighbourhood]);
  const redisUrl = redis.urlFrom(control, 'host');
  return pulumi.secret(
    pulumi.all([parts, redisUrl]).apply(([[address, sshPort, login, key, neighbourhood], url]) =>
      jointSchema.parse({
        service,
        target,
        control: { host: address, port: sshPort, user: login, hostKey: key },
        redisUrl: url,
        neighbourhood,
      }),
    ),
  );
}

/**
 * What `prodStack` offers. It is awaited before anything is made.
 * @throws RunError when it offers nothing, or serves something else.
 */
export async function readJoint(
  prodStack: string,
  service: string,
  target: string,
): Promise<Joint> {
  // Its name stands in the engine's own error, when there is no such stack.
  const reference = new pulumi.StackReference('perch:prodStack', { name: prodStack });
  const { secretValue } = await reference.getOutputDetails('joint');
  const parsed = jointSchema.safeParse(secretValue);
  if (!parsed.success) {
    throw new pulumi.RunError(
      `perch:prodStack must be a prod stack that is up; ${prodStack} offers nothing to join`,
    );
  }
  const joint = parsed.data;
  if (joint.service !== service || joint.target !== target) {
    throw new pulumi.RunError(
      `perch:service and perch:target must be those of ${prodStack}, ` +
        `${joint.service} and ${joint.target}, got ${service} and ${target}`,
    );
  }
  return joint;
}
