import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { Command } from 'commander';
import { accessLogDefaults, loggedClients } from '../contract/access-log.ts';
import { acmeDefaults } from '../contract/edge.ts';
import { pino, type Logger } from 'pino';
import { env } from '../contract/env.ts';
import { PerchError } from '../contract/perch-error.ts';
import { returnMemory } from '../process/return-memory.ts';
import { formatAddress } from '../proxy/settings/address.ts';
import { AdminServer, metricsPage } from '../proxy/workers/admin-server.ts';
import { defaultLimits } from '../proxy/http/contract/limits.ts';
import { mostDescriptors, withinDescriptors } from '../proxy/settings/descriptors.ts';
import { isPortShared } from '../proxy/settings/shared-port.ts';
import { checkStartup } from '../proxy/settings/startup-checks.ts';
import { readCertificateFiles } from '../proxy/tls/certificate-files.ts';
import { proxyId } from '../proxy/workers/proxy-id.ts';
import {
  proxyDefaults,
  proxySettings,
  type ProxyArguments,
  type ProxySettings,
} from '../proxy/settings/settings.ts';
import { WorkerSupervisor } from '../proxy/workers/worker-supervisor.ts';
import { MetricsEndpoint } from '../process/metrics-endpoint.ts';
import { tcpMigrationProblem } from '../proxy/workers/tcp-migration.ts';
import { collect } from './output.ts';

const help = `
Environment:
  ${env.service}         service whose release document to follow (without --document)
  ${env.redisUrl}       redis:// or rediss:// URL with the password (without --document)
  ${env.overrideToken}  token that lets its sender choose the track: x-perch-token carries the
                        token, x-perch-track the track
  ${env.edgeKey}        keys that seal the secrets of TLS in Redis: 32 bytes in base64 each,
                        separated by commas; the first seals, all open

Signals:
  SIGTERM, SIGINT  stop accepting requests, finish the running ones, exit; a second one exits at once
  SIGHUP           replace all workers one after the other without losing a request

Examples:
  $ perch proxy --listen 0.0.0.0:80 --state-dir /var/lib/perch
  $ perch proxy --listen 127.0.0.1:8080 --document release.json`;

/** `perch proxy`: runs the data plane, a supervisor and its workers. */
export function proxyCommand(): Command {
  return new Command('proxy')
    .description('Split requests between the stable and the canary members of a service.')
    .option(
      '--listen <host:port>',
      `address that clients connect to (default: ${proxyDefaults.listen})`,
    )
    .option('--tls-listen <host:port>', 'address that clients connect to by https (default: none)')
    .option(
      '--public-https-port <port>',
      'port of https that clients are redirected to (default: 443, or that of --tls-listen for clients that name the port of --listen)',
    )
    .option('--host <name>', 'host name that the proxy serves; may be repeated', collect)
    .option('--tls <mode>', 'TLS of the hosts: acme, certificate or none (default: none)')
    .option(
      '--certificate <file>',
      'certificate chain in PEM, leaf first; read again if it changes',
    )
    .option('--private-key <file>', 'private key of the certificate in PEM')
    .option(
      '--acme-directory <url>',
      `directory of the authority for --tls acme (default: ${acmeDefaults.directoryUrl})`,
    )
    .option('--acme-email <address>', 'address that the authority may write to')
    .option(
      '--public-address <ip>',
      'address that DNS should have for the host names, which messages name; may be repeated',
      collect,
    )
    .option('--hsts <seconds>', 'max-age of Strict-Transport-Security (default: not sent)')
    .option(
      '--admin <host:port|unix:/path>',
      `address of /healthz, /readyz and /metrics (default: ${proxyDefaults.admin})`,
    )
    .option(
      '--metrics <host:port>',
      'further address of /metrics alone, in a private network (default: none)',
    )
    .option('--document <file>', 'file with the release document to follow instead of Redis')
    .option(
      '--state-dir <dir>',
      'folder for the last good document, which allows a start without Redis',
    )
    .option('--workers <n>', 'number of worker processes (default: one per core)')
    .option(
      '--drain-timeout <ms>',
      `time for running requests to finish (default: ${proxyDefaults.drainTimeoutMs})`,
    )
    .option(
      '--judge-timeout <ms>',
      `time that a canary may run without a judge before the proxy reports it (default: ${proxyDefaults.judgeTimeoutMs})`,
    )
    .option(
      '--warm-up-seconds <n>',
      `time from a member's first request on in which it warms up (default: ${proxyDefaults.warmUpSeconds})`,
    )
    .option(
      '--unjudged-after <seconds>',
      `time that a canary keeps its share without a judge; 0: no limit (default: ${proxyDefaults.unjudgedAfterSeconds})`,
    )
    .option(
      '--health-path <path>',
      `path of the members' health check (default: ${proxyDefaults.healthPath})`,
    )
    .option(
      '--health-host <host>',
      "Host of the members' health check (default: the member's address)",
    )
    .option(
      '--asset-path <path>',
      'beginning of paths that another version is asked for if a member answers 404; may be repeated',
      collect,
    )
    .option(
      '--trust-proxy <ip|cidr>',
      'client whose X-Forwarded-* fields to trust; may be repeated',
      collect,
    )
    .option(
      '--limit <name=value>',
      `limit of each worker that replaces the default; may be repeated: ${Object.keys(defaultLimits).join(', ')}`,
      collect,
    )
    .option(
      '--access-log <percent>',
      'share of the requests of which a line of JSON is printed, percent (default: none)',
    )
    .option('--access-log-query', 'log the query of each request too (default: off)')
    .option(
      '--access-log-clients <form>',
      `addresses of clients in the access log: ${loggedClients.join(', ')} (default: ${accessLogDefaults.clients})`,
    )
    .option(
      '--log-level <level>',
      'silent, error, warn, info or debug, which logs each refusal (default: info)',
    )
    .addHelpText('after', help)
    .action(async (given: ProxyArguments) => await serve(proxySettings(given, process.env)));
}

async function serve(given: ProxySettings): Promise<void> {
  const logger = pino({ name: 'perch-proxy', level: given.logLevel });
  await using folder = await stateFolder(given);
  const placed = { ...given, stateDir: folder.path };
  const settings = withinDescriptors(placed, await mostDescriptors(), logger);
  const { certificateFiles, hosts } = settings;
  if (certificateFiles !== undefined) {
    const use = { hosts, nowMs: Date.now(), mayHaveExpired: true };
    await readCertificateFiles(certificateFiles, use);
  }
  await checkStartup(settings, logger);
  if (process.env[env.firstSlot] === undefined) await noteSharedPorts(settings, logger);

  const host = process.env[env.host] ?? hostname();
  const supervisor = new WorkerSupervisor({
    settings,
    fork: () =>
      fork(join(import.meta.dirname, `../bin/proxy-worker${extname(import.meta.filename)}`), {
        serialization: 'json',
      }),
    newId: (slot) => proxyId(host, firstSlot() + slot),
    logger,
  });
  const admin = new AdminServer(supervisor);
  const adminAt = await admin.listen(settings.admin);
  const metrics = metricsOf(settings, supervisor, logger);
  metrics?.start();
  // The successor of a proxy that drains needs the port.
  const stopped = obeySignals(supervisor, () => metrics?.close());
  try {
    const ports = await supervisor.start();
    if (ports !== undefined) {
      const { listen, tlsListen } = settings;
      const serving = {
        listening: formatAddress({ ...listen, port: ports.http }),
        ...(tlsListen !== undefined && {
          tlsListening: formatAddress({ ...tlsListen, port: ports.https ?? tlsListen.port }),
        }),
        admin: adminAt,
        workers: settings.workers,
      };
      logger.info(serving, 'proxy is serving');
      const problem = await tcpMigrationProblem();
      if (problem !== undefined) logger.warn(problem);
      returnMemory();
    }
    await stopped;
    logger.info('proxy stopped');
  } finally {
    metrics?.close();
    await admin.close();
  }
}

function metricsOf(
  { metrics: address }: ProxySettings,
  supervisor: WorkerSupervisor,
  logger: Logger,
): MetricsEndpoint | undefined {
  if (address === undefined) return undefined;
  return new MetricsEndpoint({ address, metrics: () => metricsPage(supervisor), logger });
}

async function noteSharedPorts(
  { listen, tlsListen }: ProxySettings,
  logger: Logger,
): Promise<void> {
  for (const address of tlsListen === undefined ? [listen] : [listen, tlsListen]) {
    if (!(await isPortShared(address))) continue;
    logger.info(
      `another process listens on port ${address.port} too; if it is a proxy, both share its ` +
        'connections',
    );
  }
}

function firstSlot(): number {
  const given = process.env[env.firstSlot] ?? '0';
  if (/^\d{1,4}$/.test(given)) return Number(given);
  throw new PerchError(
    'bad_input',
    `${env.firstSlot} must be a number from 0 to 9999, got ${given}`,
  );
}

/** Folder in which the workers share the last good document; a temporary one by default. */
async function stateFolder({
  stateDir,
}: ProxySettings): Promise<AsyncDisposable & { path: string }> {
  if (stateDir !== undefined) return { path: stateDir, [Symbol.asyncDispose]: async () => {} };
  const path = await mkdtemp(join(tmpdir(), 'perch-proxy-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Stops or replaces the workers by signals. Settles when a signal has stopped them. */
function obeySignals(supervisor: WorkerSupervisor, onStop: () => void): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = () => {
    onStop();
    if (supervisor.stopping) supervisor.kill();
    else resolve(supervisor.stop());
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  process.on('SIGHUP', () => void supervisor.replaceAll());
  return promise;
}
