import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Identity } from '../app/config.ts';
import { OwnHealth } from '../app/own-health.ts';
import { SelfWatch } from '../app/self-watch.ts';
import { ejectSelf } from '../app/eject-self.ts';
import type { SelfEjectionRequest } from '../core/ejection/self-ejection.ts';
import { EjectionOrders } from '../store/release/ejection-orders.ts';
import { ProxyReports } from '../store/release/proxy-reports.ts';
import { ReleaseStore } from '../store/release/release-store.ts';

interface Canary {
  readonly redis: Redis;
  readonly identity: Identity;
  /** Answers as the health check is answered. */
  readonly ask: () => Promise<Response>;
  readonly logger: Logger;
}

/** Lets a canary watch itself, until it leaves for good. */
export function watchSelfEjection({ redis, identity, ask, logger }: Canary) {
  const { memberId, service } = identity;
  const releases = new ReleaseStore(redis, service, { by: `member ${memberId}` });
  const reports = new ProxyReports(redis, service);
  const orders = new EjectionOrders(redis, service);
  const health = new OwnHealth({ ask, lagMs: eventLoopLag() });
  const ejection = (of: SelfEjectionRequest) =>
    ejectSelf({ releases, reports, now: Date.now, logger }, of);
  const watch = new SelfWatch({ memberId, health, orders, ejection, logger });
  watch.start();
  return {
    ejection: async (reason: string): Promise<void> => {
      await watch.stop();
      await ejection({ memberId, reason });
    },
  };
}

/** The longest that the event loop was late since it was asked last, milliseconds. */
function eventLoopLag(): () => number {
  const lag = monitorEventLoopDelay();
  lag.enable();
  return () => {
    const longest = lag.max / 1e6;
    lag.reset();
    return longest;
  };
}
