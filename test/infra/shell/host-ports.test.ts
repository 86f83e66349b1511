import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import {
  hostPortsScript,
  parseHostPorts,
  takenPorts,
  type NeededPort,
} from '../../../infra/shell/host-ports.ts';
import { unless, whyNoLinux } from '../../support/skip.ts';

const http: NeededPort = { key: 'httpPort', port: 80, address: '0.0.0.0' };
const redis: NeededPort = { key: 'redisPort', port: 6379, address: '10.0.0.1' };

/** Output of a host with these lines of /proc/net/tcp and of `docker ps`. */
const printed = (sockets: readonly string[], containers: readonly string[] = [], start = '80') =>
  [...sockets, '--', ...containers, '--', start, ''].join('\n');

const listening = (address: string) => `   0: ${address} 00000000:0000 0A 00000000:00000000`;

const taken = (...lines: readonly string[]) =>
  takenPorts([http, redis], parseHostPorts(printed(lines))).map(({ key }) => key);

test('a listener on every address takes a port, in IPv4 and IPv6', () => {
  expect(taken(listening('00000000:0050'))).toEqual(['httpPort']);
  expect(taken(listening(`${'0'.repeat(32)}:18EB`))).toEqual(['redisPort']);
});

test('a listener on another address takes only a port that is needed on every address', () => {
  expect(taken(listening('0100007F:0050'), listening('0100007F:18EB'))).toEqual(['httpPort']);
  expect(taken(listening('0100000A:18EB'))).toEqual(['redisPort']);
  expect(taken(listening('00000000000000000000000001000000:0050'))).toEqual([]);
});

const proxy: NeededPort = { key: 'httpPort', port: 80, address: '::' };
const farRedis: NeededPort = { key: 'redisPort', port: 6379, address: 'fd00::1' };
const takenIpv6 = (...lines: readonly string[]) =>
  takenPorts([proxy, farRedis], parseHostPorts(printed(lines))).map(({ key }) => key);

test('a port that is needed on every address of both families is taken by a listener on any', () => {
  for (const address of ['00000000', '0100007F', '0'.repeat(32), `${'0'.repeat(24)}01000000`]) {
    expect(takenIpv6(listening(`${address}:0050`))).toEqual(['httpPort']);
  }
});

test('a port that is needed on an IPv6 address is taken by a listener there, and by none elsewhere', () => {
  const own = '000000FD000000000000000001000000';
  const other = '000000FD000000000000000002000000';
  expect(takenIpv6(listening(`${own}:18EB`))).toEqual(['redisPort']);
  expect(takenIpv6(listening(`${'0'.repeat(32)}:18EB`))).toEqual(['redisPort']);
  expect(takenIpv6(listening(`${other}:18EB`), listening('00000000:18EB'))).toEqual([]);
});

test("ports of metrics of the service's own containers are not taken, others are", () => {
  const needed: NeededPort[] = [9_464, 9_465].map((port) => ({
    key: 'metricsPort',
    port,
    address: '10.0.0.1',
  }));
  const sockets = [listening('0100000A:24F8'), listening('0100000A:24F9')];
  const answer = parseHostPorts(printed(sockets, ['80 443 9465 ']));
  expect(takenPorts(needed, answer).map(({ port }) => port)).toEqual([9_464]);
});

test("a port that the service's own containers hold is not taken", () => {
  const sockets = [listening('00000000:0050'), listening('0100000A:18EB')];
  const containers = ['80 ', ' 10.0.0.1:6379->6379/tcp'];
  expect(takenPorts([http, redis], parseHostPorts(printed(sockets, containers)))).toEqual([]);
});

test('nothing counts as taken where Docker does not say what it runs', () => {
  const sockets = [listening('00000000:0050')];
  expect(takenPorts([http], parseHostPorts(printed(sockets, ['unknown'])))).toEqual([]);
});

test('a host that says nothing has no taken port', () => {
  expect(takenPorts([http, redis], parseHostPorts(''))).toEqual([]);
  expect(parseHostPorts('').unprivilegedFrom).toBeUndefined();
});

test(
  'this machine shows a real listener and its first unprivileged port',
  unless(whyNoLinux()),
  async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const host = parseHostPorts(
      execFileSync('sh', ['-c', hostPortsScript('shop')], { encoding: 'utf8' }),
    );
    server.close();
    expect(host.listeners).toContainEqual({ address: '127.0.0.1', port });
    expect(host.unprivilegedFrom).toEqual(expect.any(Number));
  },
);

test('this machine shows a real listener on an IPv6 address', unless(whyNoLinux()), async () => {
  const server = createServer().listen(0, '::1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const host = parseHostPorts(
    execFileSync('sh', ['-c', hostPortsScript('shop')], { encoding: 'utf8' }),
  );
  server.close();
  expect(host.listeners).toContainEqual({ address: '::1', port });
});

test("the port of https that the service's own proxies hold is not taken", () => {
  const https: NeededPort = { key: 'httpsPort', port: 443, address: '::' };
  const host = parseHostPorts(printed([listening('00000000:01BB')], ['80 443 ', '  ']));
  expect(takenPorts([http, https], host)).toEqual([]);
  const another = parseHostPorts(printed([listening('00000000:01BB')], ['80  ']));
  expect(takenPorts([http, https], another)).toEqual([https]);
});

test('a host that knows it names the program that listens', () => {
  const lines = [
    'LISTEN 0      4096      127.0.0.1:27017      0.0.0.0:*    users:(("mongod",pid=812,fd=11))',
    'LISTEN 0      511            [::]:80            [::]:*    users:(("nginx",pid=9,fd=6),("nginx",pid=8,fd=6))',
    'LISTEN 0      128         0.0.0.0:22         0.0.0.0:*',
  ];
  const { programs } = parseHostPorts(`${printed([])}${['--', ...lines, ''].join('\n')}`);
  expect([...programs]).toEqual([
    [27_017, 'mongod'],
    [80, 'nginx'],
  ]);
});
