/** Returns the host of each of `count` members: all hosts in turn, so that loads differ by one at most. */
export function hostsInTurn<T>(hosts: readonly T[], count: number): T[] {
  return Array.from({ length: count }, (_, index) => hosts[index % hosts.length]).filter(
    (host) => host !== undefined,
  );
}
