import { join } from 'node:path';
import { Command } from 'commander';
import { pino } from 'pino';
import { env } from '../contract/env.ts';
import {
  defaultListen,
  flagsServerConfig,
  type FlagsServerArguments,
} from '../flags/ofrep/config.ts';
import { createFlagsServer } from '../flags/ofrep/flags-server.ts';
import { ServedFlags } from '../flags/ofrep/served-flags.ts';
import { connectOrDefer } from '../process/connect-or-defer.ts';
import { HttpService } from '../process/http-service.ts';
import { stopSignal } from '../process/stop-signal.ts';
import { FlagWatch } from '../store/flags/flag-watch.ts';

const help = `
Environment:
  ${env.stateDir}  folder that keeps the last good flags on disk

The server has no login: everyone who can reach it can read flags; nobody can change them.

Example:
  $ perch flags serve --listen 127.0.0.1:8016
  $ curl --json '{"context":{"targetingKey":"user-1"}}' \\
    http://127.0.0.1:8016/ofrep/v1/evaluate/flags/new_feature`;

const drainTimeoutMs = 2_000;

/** The longest idle time of a usual client is that of Go, 90 s. */
const limits = { maxConnections: 1_024, requestTimeoutMs: 10_000, idleTimeoutMs: 120_000 };

/** `perch flags serve`: answers OpenFeature's Remote Evaluation Protocol. */
export function flagsServeCommand(): Command {
  return new Command('serve')
    .description('Evaluate flags for OpenFeature clients of any language (OFREP), from memory.')
    .option('--listen <ip:port>', 'address and port to listen on', defaultListen)
    .addHelpText('after', help)
    .action(runFlagsServer);
}

async function runFlagsServer(given: FlagsServerArguments): Promise<void> {
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
    await stopSignal();
    await http.drain(drainTimeoutMs);
  } finally {
    await flags.stop();
    redis.disconnect();
  }
}
