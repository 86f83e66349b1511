/** Arguments with which a program describes a stack: the keys of its configuration, with their types. */
import type { Variables } from '../config/stack-config.ts';
import type { Key, secretKeys, Values } from '../config/schema.ts';
import type { Server } from '../targets/server/target.ts';
import type { WorkerArgs } from '../services/workers.ts';

/** Values that a program writes in another form than the one that the configuration is read to. */
interface WrittenValues {
  readonly servers: readonly (Omit<Server, 'port'> & Partial<Pick<Server, 'port'>>)[];
  readonly workers: Readonly<
    Record<string, Pick<WorkerArgs, 'command'> & Partial<Omit<WorkerArgs, 'command'>>>
  >;
  /** `USER@HOST[:PORT] HOST_KEY`. */
  readonly sshProxyJump: string;
}

/** Keys that only the stack's configuration has: Pulumi encrypts secrets there. */
type SecretKey = (typeof secretKeys)[number];
type Written = Exclude<Key, SecretKey | 'role' | 'environment'>;

/**
 * Settings of a stack, which docs/configuration.md describes. What `Pulumi.STACK.yaml` sets wins over
 * them, so that stacks of one program differ, and a deployment can name the image that it releases.
 */
export type StackArgs = {
  readonly [K in Written]?:
    | (K extends keyof WrittenValues ? WrittenValues[K] : Values[K])
    | undefined;
} & {
  /** Environment of the application, name to value. */
  readonly environment?: Variables | undefined;
  /** Environment whose values are secrets of the stack's state. */
  readonly secretEnvironment?: Variables | undefined;
};

/**
 * Returns settings as Pulumi passes configuration: text, lists and maps as JSON. The environment is left
 * out, because its values may not be known yet.
 */
export function textsOf(args: StackArgs): Record<string, string> {
  const { environment: _values, secretEnvironment: _secrets, ...settings } = args;
  return Object.fromEntries(
    Object.entries(settings).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, typeof value === 'string' ? value : JSON.stringify(value)]],
    ),
  );
}
