import { readFile } from 'node:fs/promises';

/** Linux' switch, of the network namespace that this process is in. */
const switchFile = '/proc/sys/net/ipv4/tcp_migrate_req';

/**
 * What is amiss with `net.ipv4.tcp_migrate_req`, undefined when it is on. With it, connections that
 * wait on the socket of a process that closes it move to another process on the same port; without
 * it the kernel resets them (Linux 5.14, Documentation/networking/ip-sysctl.rst).
 */
export async function tcpMigrationProblem(file = switchFile): Promise<string | undefined> {
  const advice = 'connections that are just being opened may be reset when a worker is replaced';
  try {
    const value = (await readFile(file, 'utf8')).trim();
    if (value === '1') return undefined;
    return `net.ipv4.tcp_migrate_req must be 1, got ${value}: ${advice}`;
  } catch {
    return `net.ipv4.tcp_migrate_req is not to be had on this system: ${advice}`;
  }
}
