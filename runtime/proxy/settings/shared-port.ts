import { readFile } from 'node:fs/promises';
import type { Address } from './address.ts';

/** Tables of the kernel: local address, remote address, state and more, in hexadecimal. */
const tables = ['/proc/net/tcp', '/proc/net/tcp6'];
const listening = '0A';

/**
 * Reports whether a process listens on the port already, at any address. The workers of a proxy share
 * their port, also with those of another proxy, so nothing fails when there are two by mistake.
 * Asks the kernel, because a socket to try it with would be in the way of the other process. False
 * if the system is not Linux.
 */
export async function isPortShared({ port }: Address): Promise<boolean> {
  const contents = await Promise.all(
    tables.map((table) => readFile(table, 'utf8').catch(() => '')),
  );
  return contents.some((table) => table.split('\n').some((line) => isListening(line, port)));
}

function isListening(line: string, port: number): boolean {
  const [, local = '', , state] = line.trim().split(/\s+/);
  return state === listening && Number.parseInt(local.split(':')[1] ?? '', 16) === port;
}
