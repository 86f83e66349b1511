/** Ports of a host, asked before a stack uses them. */
import { isIPv6 } from 'node:net';
import { unbracketed } from '../../runtime/contract/host-port.ts';
import { labels } from '../../runtime/contract/labels.ts';

/** A port that a stack needs on a host. */
export interface NeededPort {
  /** Configuration key that sets the port. */
  readonly key: 'httpPort' | 'httpsPort' | 'redisPort' | 'metricsPort';
  readonly port: number;
  /** Address on which it is bound; `0.0.0.0`: every address of IPv4; `::`: every one of both families. */
  readonly address: string;
}

/** Answer of a host about its ports. Undefined: it does not say. */
export interface HostPorts {
  readonly listeners: readonly Listener[];
  /** Ports that containers of the service hold. */
  readonly own: ReadonlySet<number> | undefined;
  /** First port on which processes that are not root may listen. */
  readonly unprivilegedFrom: number | undefined;
  /** Names of programs by the port on which they listen, as far as the host says. */
  readonly programs: ReadonlyMap<number, string>;
}

interface Listener {
  /** IP address, in its shortest form. */
  readonly address: string;
  readonly port: number;
}

const separator = '--';
const unknown = 'unknown';

/** Shell script that prints what {@link parseHostPorts} reads. Linux tells all; other systems, nothing. */
export function hostPortsScript(service: string): string {
  const own = [labels.port, labels.httpsPort, labels.metricsPort];
  const format = [...own.map((label) => `{{.Label "${label}"}}`), '{{.Ports}}'].join(' ');
  const list = `docker ps --filter label=${labels.service}=${service} --format '${format}' 2> /dev/null`;
  const setting = 'net/ipv4/ip_unprivileged_port_start';
  return [
    "grep -h ' 0A ' /proc/net/tcp /proc/net/tcp6 2> /dev/null || true",
    `echo ${separator}`,
    `if command -v docker > /dev/null; then ${list} || echo ${unknown}; fi`,
    `echo ${separator}`,
    `sysctl -n ${setting.replaceAll('/', '.')} 2> /dev/null || cat /proc/sys/${setting} 2> /dev/null || true`,
    `echo ${separator}`,
    // Only root sees the programs of others.
    '{ sudo -n ss -Hltnp || ss -Hltnp; } 2> /dev/null || true',
  ].join('\n');
}

/** @param printed output of {@link hostPortsScript}. */
export function parseHostPorts(printed: string): HostPorts {
  const [sockets = '', containers = '', start = '', named = ''] = printed.split(`${separator}\n`);
  return {
    listeners: linesOf(sockets).flatMap(listenerIn),
    own: linesOf(containers).includes(unknown) ? undefined : new Set(portsIn(containers)),
    unprivilegedFrom: /^\d+\s*$/.test(start) ? Number(start) : undefined,
    programs: new Map(linesOf(named).flatMap(programIn)),
  };
}

/** The needed ports on which a process listens that is not the service's own. */
export function takenPorts(needed: readonly NeededPort[], host: HostPorts): NeededPort[] {
  const { own, listeners } = host;
  if (own === undefined) return [];
  return needed.filter(
    ({ address, port }) =>
      !own.has(port) &&
      listeners.some((listener) => listener.port === port && overlap(listener.address, address)),
  );
}

function overlap(listening: string, wanted: string): boolean {
  if (wanted === '::') return true;
  if (wanted === everyAddress) return listening === '::' || listening.includes('.');
  const every = isIPv6(wanted) ? ['::'] : ['::', everyAddress];
  return [...every, wanted].includes(listening);
}

const everyAddress = '0.0.0.0';

/** A line of `ss -Hltnp`: state, two queues, local address, peer, `users:(("mongod",pid=812,fd=11))`. */
function programIn(line: string): [port: number, program: string][] {
  const found = /^\S+ +\d+ +\d+ +\S+:(\d+) .*users:\(\("([^"]+)"/.exec(line);
  return found === null ? [] : [[Number(found[1]), found[2] ?? '']];
}

/** A line of /proc/net/tcp: number, local address and port in hexadecimal digits, ... (proc_net_tcp(5)). */
function listenerIn(line: string): Listener[] {
  const found = /^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) /.exec(line);
  if (found === null) return [];
  const [, address = '', port = ''] = found;
  return [{ address: addressOf(address), port: Number.parseInt(port, 16) }];
}

/**
 * The kernel prints an IPv4 address as one number, and an IPv6 address as four, in the byte order of
 * the machine: little endian.
 */
function addressOf(digits: string): string {
  const words = digits.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).toReversed());
  if (words.length === 1) return bytes.map((byte) => Number.parseInt(byte, 16)).join('.');
  const groups = bytes.join('').match(/.{4}/g) ?? [];
  return unbracketed(new URL(`http://[${groups.join(':')}]`).hostname);
}

/** Lines `PORT HTTPS_PORT METRICS_PORT PORTS`, where Docker writes `10.0.0.1:6379->6379/tcp` for a published port. */
function portsIn(containers: string): number[] {
  return linesOf(containers).flatMap((line) => [
    ...line
      .split(' ', 3)
      .filter((port) => /^\d+$/.test(port))
      .map(Number),
    ...[...line.matchAll(/:(\d+)->/g)].map(([, port]) => Number(port)),
  ]);
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
