import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { isRunOf } from '../actors/perch.ts';
import type { VirtualProcess } from '../kernel/virtual-process.ts';
import { service } from '../world.ts';
import { Violation } from './violation.ts';
import type { Invariants, Watched } from './watched.ts';

/** Lifetime of a proxy's report, milliseconds: a proxy that is silent for longer is not live. */
const liveMs = 5_000;
/** Time in which a proxy that is back after a silence fetches the document, milliseconds. */
const catchUpMs = 100;
const letGo = 'no container stops before every live proxy has let go of it';

/** Invariants of containers: who stops when, and who listens where. */
export function watchMembers({ world, containers }: Watched): Invariants {
  const { kernel, redis, fleet } = world;
  const counts = { stops: 0, requests: 0 };
  const keys = redisKeys(service);
  const reportPrefix = keys.proxy('');
  /** Virtual times of each proxy's reports. */
  const reports = new Map<VirtualProcess, number[]>();
  /** Address of a container that was stopped -> proxies that were live then. */
  const stopped = new Map<string, { readonly id: string; readonly live: Set<VirtualProcess> }>();
  let lostAtMs = Number.NEGATIVE_INFINITY;

  redis.onDataLost(() => {
    lostAtMs = kernel.nowMs;
    // An older document may name members again whose containers are gone.
    stopped.clear();
  });
  redis.onExecuted(({ process, written }) => {
    // A restored document may name members whose end Redis had lost.
    if (written.has(keys.release) && isRunOf(process, 'restore')) stopped.clear();
    for (const key of written) {
      if (!key.startsWith(reportPrefix)) continue;
      const times = reports.get(process) ?? [];
      reports.set(process, times);
      times.push(kernel.nowMs);
    }
  });
  containers.onStop(({ id, key, drainedAtMs }) => {
    counts.stops += 1;
    // Nothing can hold a proxy to a drain that Redis lost after it had ended.
    if (drainedAtMs !== undefined && drainedAtMs < lostAtMs) return;
    // A drain waits for the proxies that are live: one that is back later is no fault of it.
    const atMs = drainedAtMs ?? kernel.nowMs;
    const live = [...fleet.gateways.keys()].filter((proxy) => {
      const times = reports.get(proxy) ?? [];
      return isLive(times, atMs) && isLive(times, atMs - catchUpMs);
    });
    stopped.set(key, { id, live: new Set(live) });
    for (const proxy of live) {
      const requests = fleet.gateways.get(proxy)?.inFlight(key) ?? 0;
      if (requests === 0) continue;
      kernel.fail(new Violation(letGo, `${proxy.name} has ${requests} requests at ${id}`));
    }
  });
  fleet.onRequest(({ proxy, key, container }) => {
    counts.requests += 1;
    const end = stopped.get(key);
    if (container !== undefined || end === undefined || !end.live.has(proxy)) return;
    kernel.fail(new Violation(letGo, `${proxy.name} still sends requests to ${end.id}`));
  });
  containers.onStart((wanted, holder) => {
    stopped.delete(wanted.key);
    // A document that Redis lost may have held the port's reservation.
    if (holder === undefined || lostAtMs > Number.NEGATIVE_INFINITY) return;
    const detail = `${wanted.id} got ${wanted.key}, which ${holder.id} holds`;
    kernel.fail(new Violation('a port is never held twice', detail));
  });
  return { atEnd: () => undefined, counts };
}

/** True if a proxy has reported within the lifetime of a report. */
function isLive(reports: readonly number[], atMs: number): boolean {
  return reports.some((time) => time <= atMs && atMs - time < liveMs);
}
