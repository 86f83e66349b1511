/** Options with which ssh connects to pinned machines only. Pure. */

import { shellWord } from './shell-word.ts';

/** Machine through which ssh reaches a host. The host's own private key opens it. */
export interface ProxyJump {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** `ssh-ed25519 AAAA...` */
  readonly hostKey: string;
}

/** Files that ssh reads, and the name that its host has in them. */
export interface PinnedHost {
  /** Private key. */
  readonly identity: string;
  /** Content: {@link knownHostLines}. */
  readonly knownHosts: string;
  readonly alias: string;
  /** `ssh-ed25519 AAAA...` */
  readonly hostKey: string;
  /**
   * Command that prints the host's line of known hosts, which its last three words are. It lets ssh
   * work without the file of known hosts.
   */
  readonly knownHostCommand?: readonly string[];
}

/** Known hosts, a line each: the host, and the machine on the way to it. */
export function knownHostLines(alias: string, hostKey: string, proxyJump?: ProxyJump): string {
  const jump = proxyJump === undefined ? '' : `${jumpAlias(alias)} ${proxyJump.hostKey}\n`;
  return `${alias} ${hostKey}\n${jump}`;
}

/**
 * Words by which ssh uses only the given key, and connects only if the host, and the machine on the
 * way to it, show their pinned keys. `ProxyJump` would not do: it takes no options for its own
 * connection, and so no pinned key, except from a configuration file.
 */
export function pinnedWords(host: PinnedHost, proxyJump?: ProxyJump): string[] {
  const options = {
    IdentityFile: host.identity,
    IdentitiesOnly: 'yes',
    ...(host.knownHostCommand && {
      IgnoreUnknown: 'KnownHostsCommand',
      KnownHostsCommand: [...host.knownHostCommand, host.alias, host.hostKey].join(' '),
    }),
    UserKnownHostsFile: host.knownHosts,
    GlobalKnownHostsFile: '/dev/null',
    StrictHostKeyChecking: 'yes',
    HostKeyAlias: host.alias,
    BatchMode: 'yes',
    ...(proxyJump && { ProxyCommand: proxyCommand(host, proxyJump) }),
  };
  return Object.entries(options).flatMap(([option, value]) => ['-o', `${option}=${value}`]);
}

/** ssh runs it in a shell, after it has replaced %h and %p by the host's own address and port. */
function proxyCommand(host: PinnedHost, { host: address, port, user, hostKey }: ProxyJump): string {
  const options = pinnedWords({ ...host, alias: jumpAlias(host.alias), hostKey });
  const login = ['-p', String(port), '-l', user, address];
  const words = ['ssh', ...options, ...login].map((word) => shellWord(word).replaceAll('%', '%%'));
  return `${words.join(' ')} -W [%h]:%p`;
}

function jumpAlias(alias: string): string {
  return `${alias}-jump`;
}
