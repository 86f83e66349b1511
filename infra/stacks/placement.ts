/** Which host each of `count` members goes to: all hosts in turn, so that their numbers differ by one at most. */
export function spread<T>(hosts: readonly T[], count: number): T[] {
  return Array.from({ length: count }, (_, index) => hosts[index % hosts.length]).filter(
    (host) => host !== undefined,
  );
}
