import { join } from 'node:path';
import { OpenFeature } from '@openfeature/server-sdk';
import { Command, Option } from 'commander';
import type { Redis } from 'ioredis';
import { pino, type Logger } from 'pino';
import { z } from 'zod';
import { createApp } from '../app/app.ts';
import { appConfig, type AppConfig } from '../app/config.ts';
import { parseFaultList } from '../app/faults/injected-faults.ts';
import { Faults } from '../app/faults/faults.ts';
import { AppFlags } from '../app/flags.ts';
import { HealthVeto } from '../app/self-ejection/health-veto.ts';
import { ValueStore } from '../app/value-store.ts';
import { env } from '../contract/env.ts';
import { parseInput, requireInput } from '../core/input/input.ts';
import { namedLink } from '../core/input/named-link.ts';
import { openFeatureLogger } from '../flags/openfeature-logger.ts';
import { PerchFlagProvider } from '../flags/provider.ts';
import { FlagWatch } from '../store/flags/flag-watch.ts';
import { ReleaseStore } from '../store/release/release-store.ts';
import { startSelfEjector } from '../process/self-ejection-watch.ts';
import { HttpService } from '../process/http-service.ts';
import { connectOrDefer } from '../process/connect-or-defer.ts';
import { collect, timeoutMs } from './output.ts';
import { migrateCommand, workCommand } from './app-job-commands.ts';
import { seedFlagsCommand } from './seed-flags-command.ts';
import { stopSignal } from '../process/stop-signal.ts';
import { errorMessage } from '../contract/error-message.ts';

interface AppOptions {
  readonly fault?: string;
  readonly faultsApi?: boolean;
  readonly link: readonly string[];
  readonly drainTimeout: number;
}

const linksSchema = z.object({ '--link': z.array(namedLink) });

const help = `
Environment:
  ${env.service}    name of the service
  ${env.track}      stable or canary
  ${env.version}    version that this member runs
  ${env.memberId}  id of this member
  ${env.host}       name of the host
  ${env.redisUrl}  redis:// or rediss:// URL with the password
  ${env.bind}       address to listen on (default: 127.0.0.1)
  ${env.port}       port to listen on (default: 3000)
  ${env.stateDir}  folder that keeps the last good flags on disk

Example:
  $ ${env.service}=shop ${env.track}=canary ${env.version}=2.0.0 ${env.memberId}=shop-c1 \\
    ${env.host}=host-1 ${env.redisUrl}=redis://127.0.0.1:6379 perch app`;

/** `perch app`: runs the demo app, one member of a release. */
export function appCommand(): Command {
  return new Command('app')
    .description('Run the demo app as one member of a release. The environment names the member.')
    .option('--fault <list>', 'faults to inject: error-share=25,latency-ms=800,hang,…')
    .option('--faults-api', 'let POST /faults replace the injected faults; for rehearsals only')
    .addOption(
      new Option('--link <name=url>', 'link in the header of the page; may be repeated')
        .default([], 'none')
        .argParser(collect),
    )
    .option(
      '--drain-timeout <ms>',
      'time for running requests to finish after SIGTERM',
      timeoutMs,
      10_000,
    )
    .addHelpText('after', help)
    .addCommand(seedFlagsCommand())
    .addCommand(migrateCommand())
    .addCommand(workCommand())
    .action(runApp);
}

async function runApp(options: AppOptions): Promise<void> {
  const config = appConfig(process.env);
  const { identity, bind, port } = config;
  const faults = faultsFor(options);
  const { '--link': links } = requireInput(parseInput(linksSchema, { '--link': options.link }));
  const logger = pino({ name: 'app', base: { member: identity.memberId } });
  const name = `perch-app-${identity.memberId}`;
  const redis = await connectOrDefer({ url: config.redisUrl, name, logger });
  try {
    await useFlags(flagsOf(config, redis, logger), logger);
    const app = createApp({
      identity,
      flags: new AppFlags(OpenFeature.getClient(), identity),
      values: new ValueStore(redis, identity.service),
      logger,
      links,
      ...(faults !== undefined && { faults }),
      ...(options.faultsApi === true && {
        breakable: new ReleaseStore(redis, identity.service, { by: 'demo page' }),
      }),
    });
    const veto = new HealthVeto();
    const service = await HttpService.listen({ fetch: veto.guard(app.fetch), host: bind, port });
    logger.info({ origin: service.origin }, 'app is listening');
    const canary = {
      redis,
      identity,
      ask: async () => await app.request('/healthz'),
      veto,
      logger,
    };
    // Only a canary ejects itself: stable members that did so could end the service.
    const selfEjector = identity.track === 'canary' ? startSelfEjector(canary) : undefined;
    const signal = await stopSignal();
    await selfEjector?.eject(`it received ${signal}`);
    logger.info({ signal }, 'app is draining its requests');
    const outcome = await service.drain(options.drainTimeout);
    logger.info({ outcome }, 'app stopped');
  } finally {
    faults?.stop();
    await OpenFeature.close();
    redis.disconnect();
  }
}

function flagsOf({ identity, stateDir }: AppConfig, redis: Redis, logger: Logger): FlagWatch {
  const { service } = identity;
  return new FlagWatch({
    redis,
    service,
    logger,
    now: steadyClock,
    ...(stateDir !== undefined && { lastGoodFile: join(stateDir, `flags-${service}.json`) }),
  });
}

/** Sets the flag provider. The app's own defaults apply until the first flags are read. */
async function useFlags(source: FlagWatch, logger: Logger): Promise<void> {
  OpenFeature.setLogger(openFeatureLogger(logger));
  try {
    const provider = new PerchFlagProvider({ source, logger, now: steadyClock });
    await OpenFeature.setProviderAndWait(provider);
  } catch (error) {
    const reason = errorMessage(error);
    logger.warn({ reason }, 'app starts with the default value of every flag');
  }
}

function steadyClock(): number {
  return performance.now();
}

function faultsFor({ fault, faultsApi }: AppOptions): Faults | undefined {
  if (fault === undefined && faultsApi !== true) return undefined;
  const settings = fault === undefined ? {} : requireInput(parseFaultList(fault));
  const faults = new Faults({ crash: () => process.exit(1) });
  faults.set(settings);
  return faults;
}
