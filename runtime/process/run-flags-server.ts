import { join } from 'node:path';
import { pino } from 'pino';
import { flagsServerConfig, type FlagsServerArguments } from '../flags/ofrep/config.ts';
import { createFlagsServer } from '../flags/ofrep/flags-server.ts';
import { ServedFlags } from '../flags/ofrep/served-flags.ts';
import { FlagWatch } from '../store/flags/flag-watch.ts';
import { connectOrDefer } from './connect-or-defer.ts';
import { HttpService } from './http-service.ts';
import { returnMemory } from './return-memory.ts';
import { stopSignal } from './stop-signal.ts';

const drainTimeoutMs = 2_000;

/** The longest idle time of a usual client is that of Go, 90 s. */
const limits = { maxConnections: 1_024, requestTimeoutMs: 10_000, idleTimeoutMs: 120_000 };

/**
 * Serves flags until a signal to stop.
 * @throws PerchError `bad_input` or `port_in_use`; `redis_refused` for a Redis that refuses the client.
 */
export async function runFlagsServer(given: FlagsServerArguments): Promise<void> {
  const { service, redisUrl, host, port, stateDir } = flagsServerConfig(given, process.env);
  const logger = pino({ name: 'flags' });
  const redis = await connectOrDefer({ url: redisUrl, name: 'perch-flags', logger });
  const source = new FlagWatch({
    redis,
    service,
    logger,
    ...(stateDir !== undefined && { lastGoodFile: join(stateDir, `flags-${service}.json`) }),
  });
  const flags = new ServedFlags({ source, logger });
  try {
    const app = createFlagsServer({ flags, logger });
    const http = await HttpService.listen({ fetch: app.fetch, host, port, limits });
    logger.info({ origin: http.origin }, 'flags server is listening');
    await flags.start();
    returnMemory();
    await stopSignal();
    await http.drain(drainTimeoutMs);
  } finally {
    await flags.stop();
    redis.disconnect();
  }
}
