import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Identity } from '../app/config.ts';
import type { HealthVeto } from '../app/self-ejection/health-veto.ts';
import { SelfCheck } from '../app/self-ejection/self-check.ts';
import { SelfEjector } from '../app/self-ejection/self-ejector.ts';
import { ejectAndWait } from '../app/self-ejection/eject-and-wait.ts';
import type { SelfEjectionRequest } from '../core/ejection/self-ejection.ts';
import { AnnouncedOrders } from '../store/release/announced-orders.ts';
import { EjectionOrders } from '../store/release/ejection-orders.ts';
import { ProxyReports } from '../store/release/proxy-reports.ts';
import { ReleaseStore } from '../store/release/release-store.ts';

/** Time in which the health checks of all proxies fail often enough, milliseconds. */
const checksFailMs = 3_500;

interface Canary {
  readonly redis: Redis;
  readonly identity: Identity;
  /** Calls the app's health check. */
  readonly ask: () => Promise<Response>;
  /** Veto before that health check, for others. */
  readonly veto: HealthVeto;
  readonly logger: Logger;
}

/**
 * Starts to eject a canary when it is unhealthy or ordered to.
 * @returns `eject`, which stops the watch and ejects the canary for good.
 */
export function startSelfEjector({ redis, identity, ask, veto, logger }: Canary) {
  const { memberId, service } = identity;
  const releases = new ReleaseStore(redis, service, { by: `member ${memberId}` });
  const reports = new ProxyReports(redis, service);
  const stored = new EjectionOrders(redis, service);
  const announced = new AnnouncedOrders(redis, service, memberId, () => performance.now());
  const orders = {
    read: async (id: string) => (await stored.read(id)) ?? announced.current,
    clear: async (id: string) => {
      announced.clear();
      await stored.clear(id);
    },
  };
  const selfCheck = new SelfCheck({ ask, lagMs: eventLoopLag() });
  const eject = (request: SelfEjectionRequest) =>
    ejectAndWait({ releases, reports, now: Date.now, logger }, request);
  const ejector = new SelfEjector({ memberId, selfCheck, orders, veto, eject, logger });
  ejector.start();
  return {
    eject: async (reason: string): Promise<void> => {
      await ejector.stop();
      announced.stop();
      if (await eject({ memberId, reason })) return;
      veto.set(reason);
      await delay(checksFailMs);
    },
  };
}

/** Longest delay of the event loop since the last call, milliseconds. */
function eventLoopLag(): () => number {
  const lag = monitorEventLoopDelay();
  lag.enable();
  return () => {
    const longest = lag.max / 1e6;
    lag.reset();
    return longest;
  };
}
