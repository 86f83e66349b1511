import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { pino } from 'pino';
import { env } from '../contract/env.ts';
import { formatAddress } from '../proxy/settings/address.ts';
import { AdminServer } from '../proxy/workers/admin-server.ts';
import { defaultLimits } from '../proxy/http/contract/limits.ts';
import { checkStartup } from '../proxy/settings/startup-checks.ts';
import { proxyId } from '../proxy/workers/proxy-id.ts';
import {
  proxyDefaults,
  proxySettings,
  type ProxyArguments,
  type ProxySettings,
} from '../proxy/settings/settings.ts';
import { WorkerSupervisor } from '../proxy/workers/worker-supervisor.ts';
import { tcpMigrationProblem } from '../proxy/workers/tcp-migration.ts';

const help = `
Environment:
  ${env.redisUrl}       redis:// or rediss:// URL with the password (without --document)
  ${env.service}         the service whose release document to follow (without --document)
  ${env.overrideToken}  lets who sends it as x-perch-token choose the track by x-perch-track

Signals:
  SIGTERM, SIGINT  stop accepting, let what runs finish, exit; a second one exits at once
  SIGHUP           replace all workers, one after the other, without losing a request

Examples:
  perch proxy --listen 0.0.0.0:80 --state-dir /var/lib/perch
  perch proxy --listen 127.0.0.1:8080 --document release.json`;

/** `perch proxy`: the data plane, a supervisor and its workers. */
export function proxyCommand(): Command {
  return new Command('proxy')
    .description('Split requests between the stable and the canary members of a service.')
    .option('--listen <host:port>', `where clients connect (default ${proxyDefaults.listen})`)
    .option(
      '--admin <host:port|unix:/path>',
      `where /healthz, /readyz and /metrics are (default ${proxyDefaults.admin})`,
    )
    .option('--document <file>', 'a release document to follow instead of Redis')
    .option('--state-dir <dir>', 'where to keep the last good document, to start without Redis')
    .option('--workers <n>', 'worker processes (default: one a core)')
    .option(
      '--drain-timeout <ms>',
      `how long running requests may take to end (default ${proxyDefaults.drainTimeoutMs})`,
    )
    .option(
      '--judge-timeout <ms>',
      `how long a canary may go without a judge before that is reported (default ${proxyDefaults.judgeTimeoutMs})`,
    )
    .option(
      '--health-path <path>',
      `what to ask members for, to see whether they are well (default ${proxyDefaults.healthPath})`,
    )
    .option('--trust-proxy <ip|cidr>', 'whose X-Forwarded-* to believe; may be repeated', collect)
    .option(
      '--limit <name=value>',
      `a limit other than the default, for each worker; may be repeated: ${Object.keys(defaultLimits).join(', ')}`,
      collect,
    )
    .option('--log-level <level>', 'silent, error, warn, info (default) or debug: each refusal')
    .addHelpText('after', help)
    .action(async (given: ProxyArguments) => await serve(proxySettings(given, process.env)));
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

async function serve(given: ProxySettings): Promise<void> {
  const logger = pino({ name: 'perch-proxy', level: given.logLevel });
  await using folder = await stateFolder(given);
  const settings = { ...given, stateDir: folder.path };
  await checkStartup(settings, logger);

  const host = process.env[env.host] ?? hostname();
  const supervisor = new WorkerSupervisor({
    settings,
    fork: () =>
      fork(join(import.meta.dirname, '../bin/proxy-worker.ts'), { serialization: 'json' }),
    newId: (slot) => proxyId(host, slot),
    logger,
  });
  const admin = new AdminServer(supervisor);
  const adminAt = await admin.listen(settings.admin);
  const stopped = obeySignals(supervisor);
  try {
    const port = await supervisor.start();
    if (port !== undefined) {
      const listening = formatAddress({ ...settings.listen, port });
      logger.info({ listening, admin: adminAt, workers: settings.workers }, 'serving');
      const problem = await tcpMigrationProblem();
      if (problem !== undefined) logger.warn(problem);
    }
    await stopped;
    logger.info('stopped');
  } finally {
    await admin.close();
  }
}

/** Where the workers keep the last good document for one another; a passing one when none is named. */
async function stateFolder({
  stateDir,
}: ProxySettings): Promise<AsyncDisposable & { path: string }> {
  if (stateDir !== undefined) return { path: stateDir, [Symbol.asyncDispose]: async () => {} };
  const path = await mkdtemp(join(tmpdir(), 'perch-proxy-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Settles when a signal has stopped the workers. */
function obeySignals(supervisor: WorkerSupervisor): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = () => {
    if (supervisor.stopping) supervisor.kill();
    else resolve(supervisor.stop());
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  process.on('SIGHUP', () => void supervisor.replaceAll());
  return promise;
}
