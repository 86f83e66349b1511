import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { Command } from 'commander';
import { pino, type Logger } from 'pino';
import { z } from 'zod';
import { env } from '../contract/env.ts';
import { parseInput, requireInput } from '../core/input/input.ts';
import { channelsOf } from '../monitor/notify/channels.ts';
import type { MonitorConfig } from '../monitor/config.ts';
import { checkChannels } from '../process/check-channels.ts';
import { rulesText } from '../monitor/rules/rules-text.ts';
import { EdgeMonitors } from '../monitor/services/edge-monitors.ts';
import { RedisClock } from '../store/redis/redis-clock.ts';
import type { Address } from '../proxy/settings/address.ts';
import {
  adminAddressSchema,
  edgeKeysSchema,
  metricsAddressSchema,
} from '../proxy/settings/setting-schemas.ts';
import { withoutForeignHosts } from '../proxy/workers/admin-hosts.ts';
import { listenAdmin } from '../proxy/workers/listen-admin.ts';
import { MetricsEndpoint } from '../process/metrics-endpoint.ts';
import { monitorAdmin } from '../process/monitor-admin.ts';
import { readMonitorConfig, webhookSchemas } from '../process/monitor-settings.ts';
import { connectOrDefer } from '../process/connect-or-defer.ts';
import { returnMemory } from '../process/return-memory.ts';
import { stopSignal } from '../process/stop-signal.ts';
import { nameSchema } from '../core/input/name-schema.ts';

const help = `
Environment:
  ${env.service}         name of the service
  ${env.host}            name of this host
  ${env.redisUrl}       redis:// or rediss:// URL with the password
  ${env.monitorConfig}  configuration as JSON, read without --config
  ${env.webhookUrl}     URL that notifications are posted to, Slack-compatible
  ${env.webhookSecret}  signs webhook requests: x-perch-signature is v1= and the hexadecimal
                        HMAC-SHA256 of x-perch-timestamp, a dot and the body
  ${env.edgeKey}        keys that open the configuration of other services: 32 bytes in
                        base64 each, separated by commas
  AWS credentials come from the SDK's default chain.

Examples:
  $ perch monitor --config /etc/perch/monitor.json --check
  $ perch monitor --config /etc/perch/monitor.json --admin unix:/run/perch/monitor.sock`;

interface MonitorArguments {
  readonly config?: string;
  readonly admin?: string;
  readonly metrics?: string;
  readonly check?: boolean;
}

/** `perch monitor`: samples this host. One of all monitors judges the canary and notifies people. */
export function monitorCommand(): Command {
  return new Command('monitor')
    .description('Watch this host and its containers, judge the canary, send notifications.')
    .option(
      '--config <file>',
      `configuration file, JSON (default: the JSON in ${env.monitorConfig})`,
    )
    .option('--admin <host:port|unix:/path>', 'address of /healthz, /readyz and /metrics')
    .option('--metrics <host:port>', 'further address of /metrics alone, in a private network')
    .option(
      '--check',
      'check the configuration, print the rules in force, try every channel, and exit',
    )
    .addHelpText('after', help)
    .action(async (given: MonitorArguments) => {
      const config = await readMonitorConfig(given.config);
      if (given.check === true) await checkMonitor(config);
      else await runMonitor(config, given);
    });
}

/** Sends nothing. */
async function checkMonitor(config: MonitorConfig): Promise<void> {
  const read = requireInput(parseInput(z.object(webhookSchemas), process.env, { secret }));
  console.log(rulesText(config));
  const webhook = { url: read[env.webhookUrl], secret: read[env.webhookSecret] };
  await checkChannels(channelsOf(config, webhook, Date.now));
}

const must = 'must be set';
const settings = z.object({
  [env.redisUrl]: z.string(must).min(1, must),
  [env.service]: nameSchema(must),
  [env.host]: nameSchema(must),
  ...webhookSchemas,
  [env.edgeKey]: edgeKeysSchema.default([]),
  '--admin': adminAddressSchema.optional(),
  '--metrics': metricsAddressSchema.optional(),
});
const secret = [env.redisUrl, env.webhookUrl, env.webhookSecret, env.edgeKey];

async function runMonitor(
  config: MonitorConfig,
  { admin, metrics }: Pick<MonitorArguments, 'admin' | 'metrics'>,
): Promise<void> {
  const given = { ...process.env, '--admin': admin, '--metrics': metrics };
  const read = requireInput(parseInput(settings, given, { secret }));
  const { [env.service]: service, [env.host]: host, [env.redisUrl]: redisUrl } = read;
  const id = `${host}/${process.pid}-${randomBytes(3).toString('hex')}`;
  const logger = pino({ name: 'monitor', base: { monitor: id } });
  const webhook = { url: read[env.webhookUrl], secret: read[env.webhookSecret] };
  const channels = channelsOf(config, webhook, Date.now);
  const redis = await connectOrDefer({ url: redisUrl, name: 'perch-monitor', logger });
  const clock = new RedisClock();
  await clock.follow(redis);
  const monitor = new EdgeMonitors({
    edgeKeys: read[env.edgeKey],
    redis,
    redisUrl,
    service,
    host,
    id,
    config,
    channels,
    logger,
    now: () => clock.now(),
    clockOffsetMs: () => clock.systemOffsetMs,
  });
  const server = createServer(withoutForeignHosts(monitorAdmin(monitor)));
  const endpoint = metricsOf(monitor, read['--metrics'], logger);
  try {
    const listening =
      read['--admin'] === undefined ? undefined : await listenAdmin(server, read['--admin']);
    returnMemory();
    await monitor.start();
    endpoint?.start();
    const names = channels.map(({ name }) => name);
    logger.info({ admin: listening, channels: names }, 'monitor started');
    await stopSignal();
  } finally {
    endpoint?.close();
    server.close();
    server.closeAllConnections();
    await monitor.stop();
    await clock.stop();
    redis.disconnect();
    logger.info('monitor stopped');
  }
}

function metricsOf(
  { metrics }: Pick<EdgeMonitors, 'metrics'>,
  address: Address | undefined,
  logger: Logger,
): MetricsEndpoint | undefined {
  if (address === undefined) return undefined;
  const page = async () => ({ type: metrics.contentType, body: await metrics.text() });
  return new MetricsEndpoint({ address, metrics: page, logger });
}
