import * as pulumi from '@pulumi/pulumi';
import type { Shell } from '../hosts/host.ts';
import { shellCommand } from '../hosts/shell-command.ts';
import type { PartOptions } from '../shell/part-options.ts';
import { pullInput, pullScript, type PullLogin, type PullScriptArgs } from './pull-script.ts';

type ScriptArgs = Pick<PullScriptArgs, 'key' | 'isOptional' | 'architecture' | 'platform'>;

export interface PullArgs extends ScriptArgs {
  readonly image: pulumi.Input<string>;
  /** Machine whose engine pulls it. */
  readonly shell: Shell;
  /** Logins of registries. Secret. */
  readonly logins: pulumi.Output<readonly PullLogin[]>;
  /** Resources created before it. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * Pulls an image before a resource needs it. The Docker plugin pulls too, but it gives up at the
 * first failure, and does not name an image that is gone.
 */
export function pullImage(name: string, args: PullArgs, opts: PartOptions = {}): pulumi.Resource {
  const { shell, key, isOptional = false, architecture, platform, after } = args;
  const image = pulumi.interpolate`${args.image}`;
  const scripts = {
    create: image.apply((image) => pullScript({ image, key, isOptional, architecture, platform })),
    stdin: pulumi.secret(
      pulumi.all([image, args.logins]).apply(([image, logins]) => pullInput(image, logins)),
    ),
    triggers: [image],
  };
  // The password of a cloud's registry is another one in every run; the next pull has the newest.
  return shellCommand(name, shell, scripts, {
    ...opts,
    ignoreChanges: ['stdin'],
    dependsOn: [...after],
  });
}
