import { memoryOf, memoryOfAll } from './memory-maps.ts';

/** A process of a peer at the end of the measurement. */
export interface MeasuredUse {
  readonly peer: string;
  readonly part: string;
  readonly pid: number;
  /** CPU time, percent of a core. */
  readonly cpuPercent: number;
}

const baseline = 'nginx';

/** Prints each process, and each peer beside nginx. */
export function printUses(uses: readonly MeasuredUse[]): void {
  console.log('process'.padEnd(40), 'RSS MiB  unshared MiB  CPU');
  for (const { peer, part, pid, cpuPercent } of uses) {
    const { rss, unshared } = memoryOf(pid);
    const name = `${peer}: ${part}`.padEnd(40);
    console.log(
      name,
      mib(rss),
      mib(unshared).padStart(13),
      `${cpuPercent.toFixed(2)}%`.padStart(6),
    );
  }
  console.log(`\n${'all processes of'.padEnd(40)} RSS MiB  shared once   / ${baseline}`);
  const byPeer = Map.groupBy(uses, ({ peer }) => peer);
  const inAll = (of: readonly MeasuredUse[]) => memoryOfAll(of.map(({ pid }) => pid));
  const reference = inAll(byPeer.get(baseline) ?? []);
  for (const [peer, own] of byPeer) {
    const rss = own.reduce((total, { pid }) => total + memoryOf(pid).rss, 0);
    const all = inAll(own);
    const ratio = reference === 0 ? '' : (all / reference).toFixed(1).padStart(10);
    console.log(peer.padEnd(40), mib(rss), mib(all).padStart(12), ratio);
  }
}

function mib(bytes: number): string {
  return (bytes / 1_048_576).toFixed(1).padStart(7);
}
