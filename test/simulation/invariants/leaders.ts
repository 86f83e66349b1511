import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import type { VirtualProcess } from '../kernel/virtual-process.ts';
import { service } from '../world.ts';
import { Violation } from './violation.ts';
import type { Invariants, Watched } from './watched.ts';

/** No stale leader's write is stored: a monitor that writes as the leader got the newest lease. */
export function watchLeaders({ world }: Watched): Invariants {
  const { kernel, redis } = world;
  const { epoch, release, trial, verdict, incidents, flags } = redisKeys(service);
  const asLeader = [release, trial, verdict, incidents, flags];
  const counts = { terms: 0 };
  let newest: VirtualProcess | undefined;
  redis.onDataLost(() => {
    newest = undefined;
  });
  redis.onExecuted(({ process, written }) => {
    if (written.has(epoch)) {
      counts.terms += 1;
      newest = process;
      kernel.note(`leader: ${process.name}, epoch ${redis.keyspace.string(epoch)}`);
    }
    if (!process.name.startsWith('monitor-') || newest === undefined || newest === process) return;
    const key = asLeader.find((key) => written.has(key));
    if (key === undefined) return;
    const detail = `${process.name} wrote ${key}, but ${newest.name} leads`;
    kernel.fail(new Violation('no stale leader writes', detail));
  });
  return { atEnd: () => undefined, counts };
}
