import { env } from '../runtime/contract/env.ts';
import { freePort, loopback } from './loopback.ts';
import type { RehearsalOptions } from './rehearsal-options.ts';
import { CertificateAuthority, tlsHost } from './parts/certificate-authority.ts';
import { startConsole } from './parts/start-console.ts';
import { Fleet, host, type MemberPlan } from './parts/fleet.ts';
import { GuestServices } from './parts/guest-service.ts';
import { Mailbox } from './parts/mailbox.ts';
import { startMonitor } from './parts/start-monitor.ts';
import { Perch } from './parts/perch-command.ts';
import { RunningProxy, type ProxyPlan, type RunningProxyPlan } from './parts/running-proxy.ts';
import { RedisReader } from './parts/redis-reader.ts';
import { RedisServer } from './parts/redis-server.ts';
import { linksFrom, type Endpoints } from './endpoints.ts';
import { Recorder } from './report.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { setWeight, type Monitoring, type Stage } from './stage.ts';
import { Traffic } from './traffic/traffic.ts';
import { until } from './until.ts';
import { searchPath, type Workspace } from './workspace.ts';

const service = 'rehearsal';

/** Parts that differ between rehearsals. */
export type StagePlan = Omit<Scenario, 'name' | 'description' | 'traffic' | 'play'>;

/** Three stable members and a canary. */
const firstMembers: readonly MemberPlan[] = [
  { id: 'stable-1', track: 'stable', version: '1.0.0' },
  { id: 'stable-2', track: 'stable', version: '1.0.0' },
  { id: 'stable-3', track: 'stable', version: '1.0.0' },
  { id: 'canary-1', track: 'canary', version: '1.1.0' },
];

export interface OpenStageOptions {
  readonly options: RehearsalOptions;
  readonly plan: StagePlan;
  readonly endpoints: Endpoints;
  readonly workspace: Pick<Workspace, 'folder' | 'supervisor'>;
  /** Called with the name of each part once it is ready. */
  readonly onReady: (part: string) => void;
}

/**
 * Starts all parts of a rehearsal, in parallel where possible.
 * @throws PerchError if one could not start; the owner of the workspace ends the others.
 */
export async function openStage({
  options,
  plan,
  endpoints,
  workspace: { folder, supervisor },
  onReady,
}: OpenStageOptions): Promise<Stage> {
  const redis = await RedisServer.start(supervisor, folder, searchPath());
  onReady(`Redis ${redis.version} on ${loopback}:${redis.port}`);
  const perch = new Perch(supervisor, { [env.redisUrl]: redis.url, [env.service]: service });
  const linksOn = (page: 'console' | 'page' | 'mailbox') =>
    linksFrom(page, endpoints, { ...plan, tls: options.tls });
  const fleet = new Fleet(perch, endpoints.memberAddress, { links: linksOn('page') });
  const ready =
    <T>(name: (value: T) => string) =>
    (value: T) => {
      onReady(name(value));
      return value;
    };

  const authority = options.tls
    ? await CertificateAuthority.start(supervisor, folder, endpoints.proxyPort)
    : undefined;
  if (authority !== undefined) onReady('authority');

  const members = firstMembers.filter(
    ({ track }) => track === 'stable' || plan.beginsWithoutCanary !== true,
  );
  const common = {
    workers: options.workers,
    isJudged: plan.hasMonitor,
    warmUpSeconds: plan.warmUpSeconds,
    folder,
  };

  const [proxy, mailbox] = await Promise.all([
    RunningProxy.start(perch, {
      ...common,
      port: endpoints.proxyPort,
      adminPort: endpoints.adminPort,
      tls: authority && { port: endpoints.tlsPort, authority },
    }).then(ready(({ port }) => `proxy on ${loopback}:${port}`)),
    plan.hasMonitor
      ? Mailbox.start(supervisor, {
          port: endpoints.mailboxPort,
          sesPort: endpoints.sesPort,
          links: linksOn('mailbox'),
        }).then(ready(() => 'mailbox'))
      : undefined,
    perch.run('app', 'seed-flags').then(ready(() => 'flags')),
    startConsole(perch, endpoints.consolePort, linksOn('console')).then(ready(() => 'console')),
    ...members.map((member) =>
      fleet
        .add({ ...member, restarts: member.track === 'canary' && plan.canaryRestarts === true })
        .then(ready(({ id, version, url }) => `${id}, version ${version}, on ${url}`)),
    ),
  ]);
  const hasCanary = members.some(({ track }) => track === 'canary');
  const weight = plan.beginsWithoutShare === true || !hasCanary ? 0 : options.weight;
  await setWeight({ perch, proxy }, weight, options.affinity);
  const monitoring =
    mailbox === undefined ? undefined : await startMonitoring(perch, endpoints, mailbox);
  if (monitoring !== undefined) onReady('monitor');
  onReady(hasCanary ? `the canary gets ${weight}%` : 'there is no canary yet');
  if (authority !== undefined) {
    await authority.untilIssued(endpoints.tlsPort, tlsHost);
    onReady(`certificate for ${tlsHost}; clients trust it by ${authority.rootFile}`);
  }
  const consoleUrl = `http://${loopback}:${endpoints.consolePort}`;
  // A host name that has TLS is answered by https only.
  const ca = plan.hasHostName === true ? await authority?.root() : undefined;
  const trafficTo = (hostName: string | undefined) =>
    new Traffic({
      host: loopback,
      port: ca === undefined ? proxy.port : endpoints.tlsPort,
      hostName,
      ca,
      kinds: plan.kinds,
      clientTimeoutMs: plan.clientTimeoutMs,
    });
  return {
    options,
    service,
    redis,
    reader: await RedisReader.connect(redis.url, service),
    perch,
    fleet,
    proxy,
    startProxy: (other) => startAnotherProxy(perch, { ...common, ...other }),
    guests: new GuestServices({
      perch,
      redisUrl: redis.url,
      memberAddress: endpoints.memberAddress,
      sesPort: endpoints.sesPort,
      consoleUrl,
      tls: options.tls ? 'acme' : 'none',
      untilCertified: async (name) => await authority?.untilIssued(endpoints.tlsPort, name),
      trafficTo,
    }),
    consoleUrl,
    traffic: trafficTo(plan.hasHostName === true ? tlsHost : undefined),
    recorder: new Recorder(),
    ...(monitoring !== undefined && { monitoring }),
  };
}

async function startAnotherProxy(
  perch: Perch,
  plan: ProxyPlan & Omit<RunningProxyPlan, 'port' | 'adminPort'>,
): Promise<RunningProxy> {
  const ports = { port: await freePort(), adminPort: await freePort() };
  const proxy = await RunningProxy.start(perch, { ...plan, ...ports });
  await until(`${plan.name} to be ready`, async () => (await proxy.readiness())?.ready === true);
  return proxy;
}

async function startMonitoring(
  perch: Perch,
  { sesPort, consolePort, monitorMetricsPort: metricsPort }: Endpoints,
  mailbox: Mailbox,
): Promise<Monitoring> {
  const link = `http://${loopback}:${consolePort}/`;
  const plan = { name: 'monitor', host, watchesMembers: true, sesPort, link, metricsPort };
  return { mailbox, sesPort, monitor: await startMonitor(perch, plan) };
}
