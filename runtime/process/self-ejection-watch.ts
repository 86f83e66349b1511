import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Identity } from '../app/config.ts';
import { OwnHealth } from '../app/own-health.ts';
import { SelfWatch } from '../app/self-watch.ts';
import { stepAside } from '../app/self-ejection.ts';
import type { Leave } from '../core/ejection/self-ejection.ts';
import { LeaveOrders } from '../store/release/ejection-orders.ts';
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
export function watchItself({ redis, identity, ask, logger }: Canary) {
  const { memberId, service } = identity;
  const releases = new ReleaseStore(redis, service, { by: `member ${memberId}` });
  const reports = new ProxyReports(redis, service);
  const orders = new LeaveOrders(redis, service);
  const health = new OwnHealth({ ask, lagMs: eventLoopLag() });
  const leave = (of: Leave) => stepAside({ releases, reports, now: Date.now, logger }, of);
  const watch = new SelfWatch({ memberId, health, orders, leave, logger });
  watch.start();
  return {
    leave: async (reason: string): Promise<void> => {
      await watch.stop();
      await leave({ memberId, reason });
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
