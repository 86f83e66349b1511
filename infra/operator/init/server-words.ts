/** Options that name machines: `[NAME=][USER@]ADDRESS[:PORT][,PRIVATE_ADDRESS]`. Pure. */
import { BlockList, isIP } from 'node:net';
import { hostPort, unbracketed } from '../../../runtime/contract/host-port.ts';
import { defaultSshPort } from '../../config/ssh-access.ts';
import type { NamedServer } from './answers.ts';

export const serverForm = '[NAME=][USER@]ADDRESS[:PORT][,PRIVATE_ADDRESS]';

const pattern =
  /^((?<name>[^=@,]+)=)?((?<user>[^@,]+)@)?(?<address>\[[^\]]+\]|[^:,[\]@=]+)(:(?<port>\d{1,5}))?(,(?<privateAddress>[^,]+))?$/;

/** Address of Docker's own bridge, at which only the containers of the machine reach it. */
export const dockerBridge = '172.17.0.1';

/** Networks that the internet does not reach: RFC 1918, RFC 6598 and RFC 4193. */
const privateNetworks = new BlockList();
privateNetworks.addSubnet('10.0.0.0', 8);
privateNetworks.addSubnet('172.16.0.0', 12);
privateNetworks.addSubnet('192.168.0.0', 16);
privateNetworks.addSubnet('100.64.0.0', 10);
privateNetworks.addSubnet('fc00::', 7, 'ipv6');

type Problem = { readonly problem: string };

/** A server, or what is wrong with the words that name it. */
export type ReadServer = NamedServer | Problem;

/**
 * Reads one server of several.
 * @param index its place among all, from 0.
 * @param count how many there are.
 */
export function readServer(words: string, index: number, count: number): ReadServer {
  const groups = pattern.exec(words)?.groups;
  if (groups === undefined) {
    return { problem: `must be ${serverForm}, an IPv6 address in brackets, got ${words}` };
  }
  const address = unbracketed(groups['address'] ?? '');
  const privateAddress = groups['privateAddress'] ?? ownPrivateAddress(address, count);
  if (privateAddress === undefined) {
    const why = 'there are several machines, and the others reach it there';
    return { problem: `must end with ,PRIVATE_ADDRESS, because ${why}, got ${words}` };
  }
  return {
    name: groups['name'] ?? `web-${index + 1}`,
    user: groups['user'] ?? 'root',
    address,
    port: Number(groups['port'] ?? defaultSshPort),
    privateAddress: unbracketed(privateAddress),
  };
}

/** Private address of a machine for which none is given. Undefined: it has to be. */
function ownPrivateAddress(address: string, count: number): string | undefined {
  const family = isIP(address);
  if (family !== 0 && privateNetworks.check(address, family === 4 ? 'ipv4' : 'ipv6')) {
    return address;
  }
  return count === 1 ? dockerBridge : undefined;
}

/** Name of a machine in the lines of known hosts and of ssh-keyscan. */
export function knownHostName({ address, port }: Pick<NamedServer, 'address' | 'port'>): string {
  return port === defaultSshPort ? address : `[${address}]:${port}`;
}

/** Words with which ssh logs in to a machine. */
export function loginWords({ user, address, port }: NamedServer): string {
  return port === defaultSshPort ? `${user}@${address}` : `-p ${port} ${user}@${address}`;
}

/** A machine in messages. */
export function serverText({ name, user, address, port }: NamedServer): string {
  const where = port === defaultSshPort ? address : hostPort(address, port);
  return `${name}, ${user}@${where}`;
}
