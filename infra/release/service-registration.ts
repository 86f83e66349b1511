import type { local, remote } from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import { controlCommand, ownerWords, type Control } from './control.ts';

export interface RegisteredServiceArgs {
  readonly control: Control;
  /** Password of the service's Redis user. Undefined: it gets none. Secret. */
  readonly redisPassword: pulumi.Output<string> | undefined;
  /** Configuration of the monitors for this service. */
  readonly monitor: Readonly<Record<string, unknown>>;
  /** Undefined: no webhook. Secret. */
  readonly webhookUrl: string | undefined;
  /** Key that signs the webhook's messages. Secret. */
  readonly webhookSecret: string | undefined;
  /** Resources created before it and deleted after it. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * Registers a service with the monitors of its host stack, and makes its Redis user. A service that
 * another stack has registered is refused with both stacks.
 */
export function registeredService(
  name: string,
  { control, redisPassword, after, ...registration }: RegisteredServiceArgs,
  opts?: pulumi.CustomResourceOptions,
): local.Command | remote.Command {
  const { service, edgeService = service, owner } = control;
  return controlCommand(
    name,
    {
      // By this a service that registers itself as its own guest is told from a guest.
      control: { ...control, service: edgeService },
      create: ['service', 'set', '--json'],
      stdin: pulumi.secret(
        pulumi
          .output(redisPassword)
          .apply((password) =>
            JSON.stringify({ service, redisPassword: password, owner, ...registration }),
          ),
      ),
      delete: ['service', 'remove', service, ...ownerWords(control)],
      triggers: [],
      after,
    },
    // Both have one name in Redis: the end of the old one must not undo the new one.
    { ...opts, deleteBeforeReplace: true },
  );
}
