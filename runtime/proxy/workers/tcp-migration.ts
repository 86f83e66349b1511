import { readFile } from 'node:fs/promises';

/** Linux switch for the network namespace of this process. */
const switchFile = '/proc/sys/net/ipv4/tcp_migrate_req';

/**
 * Problem with `net.ipv4.tcp_migrate_req`; undefined if it is on. With it, connections that wait on
 * a socket that its process closes move to another process on the same port. Without it, the kernel
 * resets them (Linux 5.14, Documentation/networking/ip-sysctl.rst).
 */
export async function tcpMigrationProblem(file = switchFile): Promise<string | undefined> {
  const advice = 'the kernel may reset new connections while a worker is replaced';
  try {
    const value = (await readFile(file, 'utf8')).trim();
    if (value === '1') return undefined;
    return `net.ipv4.tcp_migrate_req must be 1, got ${value}: ${advice}`;
  } catch {
    return `net.ipv4.tcp_migrate_req is not available on this system: ${advice}`;
  }
}
