import { env } from '../../../runtime/contract/env.ts';
import { Monitor } from '../../../runtime/monitor/monitor.ts';
import { parseMonitorConfig } from '../../../runtime/monitor/config.ts';
import { connectOrDefer } from '../../../runtime/process/connect-or-defer.ts';
import { RedisClock } from '../../../runtime/store/redis/redis-clock.ts';
import type { VirtualHost } from '../kernel/virtual-process.ts';
import { redisUrl, service, type World } from '../world.ts';
import type { People } from './people.ts';

/** An open incident alerts again after 12 seconds, so that some do within a run. */
const config = parseMonitorConfig(
  JSON.stringify({
    disks: [],
    judge: { restarts: 2, unhealthySeconds: 5 },
    reAlertMinutes: 0.2,
  }),
  env.monitorConfig,
);

/** The monitor of one host, as `perch monitor` composes it. */
export function startMonitor(world: World, host: VirtualHost, people: People): void {
  world.supervise(`monitor-${host.name}`, host, async () => {
    const id = `${host.name}/${Math.random().toString(36).slice(2, 8)}`;
    const logger = world.logger();
    const redis = await connectOrDefer({ url: redisUrl, name: 'perch-monitor', logger });
    const clock = new RedisClock();
    await clock.follow(redis);
    const monitor = new Monitor({
      redis,
      redisUrl,
      service,
      host: host.name,
      id,
      config,
      channels: people.channels(),
      logger,
      now: () => clock.now(),
      clockOffsetMs: () => clock.systemOffsetMs,
    });
    await monitor.start();
  });
}
