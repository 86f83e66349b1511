import { isIPv6 } from 'node:net';
import { output, secret, type ComponentResourceOptions, type Input } from '@pulumi/pulumi';
import { unbracketed } from '../../../runtime/contract/host-port.ts';
import { bootstrapScript, ipv6BootstrapScript } from '../../hosts/bootstrap.ts';
import { SshHost, type RegistryLogin, type SshHostArgs } from '../../hosts/ssh-host.ts';
import { defaultSshPort } from '../../config/ssh-access.ts';
import type { ProxyJump } from '../../shell/ssh-options.ts';

/** Time for a machine that the same program makes, seconds. */
const usualBootSeconds = 300;

export interface HostPartArgs extends Pick<SshHostArgs, 'hostKey'> {
  /** Address for ssh and for the clients of its proxy. */
  readonly address: Input<string>;
  /** Address for the other hosts. Default: `address`. */
  readonly privateAddress?: Input<string>;
  /** Default: root. Another user needs sudo without a password. */
  readonly user?: string;
  /** Default: 22. */
  readonly port?: number;
  /** Private key for ssh, without a passphrase. It becomes a secret. */
  readonly privateKey: Input<string>;
  /** Machine through which ssh reaches this one. Default: none. */
  readonly proxyJump?: ProxyJump;
  /** Logins with which Docker pulls. Default: none. */
  readonly logins?: readonly RegistryLogin[];
  /** Time limit for the first ssh login, seconds. Default: 300. */
  readonly bootSeconds?: number;
  /** True if the hosts reach each other by IPv6. Default: whether `privateAddress` is a text with such an address. */
  readonly ipv6?: boolean;
}

/** A machine that ssh reaches. Perch prepares it and installs Docker there; its host key is pinned. */
export class HostPart extends SshHost {
  constructor(name: string, args: HostPartArgs, opts?: ComponentResourceOptions) {
    super(name, sshHostArgs(name, args), opts);
  }
}

function sshHostArgs(name: string, args: HostPartArgs): SshHostArgs {
  const { address, privateAddress = address, user = 'root', port = defaultSshPort } = args;
  const { hostKey, privateKey, proxyJump, logins = [], ipv6 = isIpv6Text(privateAddress) } = args;
  return {
    hostName: name,
    publicAddress: output(address).apply(unbracketed),
    privateAddress: output(privateAddress).apply(unbracketed),
    user,
    port,
    hostKey,
    privateKey: secret(privateKey),
    proxyJump,
    prepare: ipv6 ? ipv6BootstrapScript : bootstrapScript,
    logins,
    bootSeconds: args.bootSeconds ?? usualBootSeconds,
    ipv6,
  };
}

/** False for an address that the program learns only as it runs. */
function isIpv6Text(address: Input<string>): boolean {
  return typeof address === 'string' && isIPv6(unbracketed(address));
}
