/** Codecs of the machines that are reached by ssh, and of the one on the way to them. */
import { isIPv6 } from 'node:net';
import { z } from 'zod';
import { architectures, usualArchitecture } from '../../runtime/contract/architecture.ts';
import { namePattern, nameRule } from '../../runtime/contract/names.ts';
import { unbracketed } from '../../runtime/contract/host-port.ts';
import { oneOf, text } from './codecs.ts';

const hostPattern = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/;
const userPattern = /^[a-z_][a-z0-9_-]*$/;
// With an RSA key, the command provider offers only `ssh-rsa`, a signature with SHA-1. sshd has
// refused it since OpenSSH 8.8.
const hostKeyPattern = /^(ssh-ed25519|ecdsa-sha2-nistp\d+) [A-Za-z0-9+/=]+$/;
export const defaultSshPort = 22;

/** Plain form of an address, without brackets; undefined if it is none. */
function plainAddress(value: string): string | undefined {
  const bare = unbracketed(value);
  if (!isIPv6(bare)) return hostPattern.test(value) ? value : undefined;
  // A zone, as in fe80::1%eth0, means nothing on another machine. The URL has no place for it.
  const url = URL.parse(`http://[${bare}]`);
  return url === null ? undefined : unbracketed(url.hostname);
}

const address = text(
  'be an IP address or a host name',
  (value) => plainAddress(value) !== undefined,
).transform((value) => plainAddress(value) ?? value);

const hostKey = text(
  'be an Ed25519 or ECDSA host key, "ssh-ed25519 AAAA..." without the address (ssh-keyscan -t ed25519 prints it; RSA keys cannot be pinned)',
  (value) => hostKeyPattern.test(value),
);

/** Machine of target `server`. */
export const server = z.strictObject({
  name: text(nameRule, (value) => namePattern.test(value)),
  /** Address for ssh and for the clients of its proxy. */
  address,
  /** Address for the other hosts. */
  privateAddress: address,
  user: text('be a user name', (value) => userPattern.test(value)),
  hostKey,
  port: z.int().min(1).max(65_535).default(defaultSshPort),
  architecture: oneOf(architectures).default(usualArchitecture),
});

const jumpPattern =
  /^(?<user>[^@\s]+)@(?<host>\[[^\]\s]+\]|[^\s:]+)(:(?<port>\d{1,5}))? (?<key>\S+ \S+)$/;

/** Machine through which ssh reaches the hosts, `USER@HOST[:PORT] HOST_KEY`. */
export const proxyJump = text(
  'be USER@HOST[:PORT] and the host key, "deploy@bastion.example.com ssh-ed25519 AAAA..." (an IPv6 address in brackets, an Ed25519 or ECDSA key)',
  (value) => readJump(value) !== undefined,
).transform((value, context) => {
  const jump = readJump(value);
  if (jump !== undefined) return jump;
  context.addIssue('must be USER@HOST[:PORT] and the host key');
  return z.NEVER;
});

function readJump(value: string) {
  const { user = '', host = '', port, key = '' } = jumpPattern.exec(value)?.groups ?? {};
  const plain = plainAddress(host);
  const number = Number(port ?? defaultSshPort);
  if (plain === undefined || !userPattern.test(user) || !hostKeyPattern.test(key)) return undefined;
  if (number < 1 || number > 65_535) return undefined;
  return { host: plain, port: number, user, hostKey: key };
}
