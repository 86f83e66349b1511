import type { types } from '@pulumi/command';
import type * as pulumi from '@pulumi/pulumi';
import type { ProxyJump } from '../shell/ssh-options.ts';

export interface SshConnectionArgs {
  readonly host: pulumi.Input<string>;
  readonly port: pulumi.Input<number>;
  readonly user: pulumi.Input<string>;
  /** `ssh-ed25519 AAAA...` */
  readonly hostKey: pulumi.Input<string>;
  /** Secret. */
  readonly privateKey: pulumi.Output<string>;
  readonly proxyJump: ProxyJump | undefined;
  /** Attempts to log in before it fails, and their time limit. Default: the provider's own. */
  readonly dial?: { readonly dialErrorLimit: number; readonly perDialTimeout: number };
}

/** Connection of a command, through the machine on the way if there is one, to pinned machines only. */
export function sshConnection({
  proxyJump,
  dial,
  ...login
}: SshConnectionArgs): types.input.remote.ConnectionArgs {
  const { privateKey } = login;
  return {
    ...login,
    ...dial,
    ...(proxyJump && { proxy: { ...proxyJump, privateKey, ...dial } }),
  };
}
