import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { defaultTrialSettings, type TrialSettings } from '../core/analysis/advance-trial.ts';
import type { HardFailureSettings } from '../core/analysis/hard-failures.ts';
import type { VerdictSettings } from '../core/analysis/verdict.ts';
import { has } from '../core/alerting/rule.ts';
import { raiseAbovePercent, rulesOf } from '../core/alerting/rule-config.ts';
import { EventLog } from '../store/incidents/event-log.ts';
import { ReleaseHistoryStore } from '../store/release/release-history-store.ts';
import { FlagStore } from '../store/flags/flag-store.ts';
import { IncidentStore } from '../store/incidents/incident-store.ts';
import { MuteStore } from '../store/incidents/mute-store.ts';
import { JudgeStore } from '../store/judge/judge-store.ts';
import { EjectionOrders } from '../store/release/ejection-orders.ts';
import { ProxyReports } from '../store/release/proxy-reports.ts';
import { ReleaseStore } from '../store/release/release-store.ts';
import { SampleStore } from '../store/judge/sample-store.ts';
import { CertificateStatusStore } from '../store/edge/certificate-status-store.ts';
import { RedisRepairStore } from '../store/redis/redis-repair.ts';
import { TrafficStore } from '../store/judge/traffic-store.ts';
import { ImageHistoryStore } from '../store/host/image-history-store.ts';
import { ImagePruner } from './host/image-pruner.ts';
import { MemoryRaiser } from './host/memory-raiser.ts';
import { CanaryGuard } from './host/canary-guard.ts';
import { ContainerStarter } from './host/container-starter.ts';
import type { MonitorConfig } from './config.ts';
import { defined } from './defined.ts';
import { Judge, type JudgeOptions } from './judge/judge.ts';
import { rulesInForce } from './rules/rules-in-force.ts';
import { CloudWatchPublisher } from './cloudwatch/cloudwatch-publisher.ts';
import { AlarmSource } from './cloudwatch/alarm-source.ts';
import { LeaderAlarms, type LeaderAlarmsOptions } from './cloudwatch/leader-alarms.ts';
import { DockerEngine } from './host/engine/docker-engine.ts';
import { ContainerSource } from './host/sources/container-source.ts';
import { diskUse } from './host/sources/disk-use.ts';
import { HostSource } from './host/sources/host-source.ts';
import { PortableHostSource } from './host/sources/portable-host-source.ts';
import { ProcessSource, type ProcessSourceOptions } from './host/sources/process-source.ts';
import type { Source } from './host/sources/source.ts';
import { refusingMembers } from './host/sources/refusing-members.ts';
import type { CertificateReader } from './judge/edge-certificates.ts';
import { TrafficHistoryStore } from '../store/judge/traffic-history-store.ts';
import { TrafficSource } from '../store/judge/traffic-source.ts';
import { EvidenceHistoryStore } from '../store/judge/evidence-history-store.ts';
import { CanaryEndRecorder } from './judge/canary-end-recorder.ts';
import { EvidenceRecorder } from './judge/evidence-recorder.ts';
import { TrafficRecorder } from './judge/traffic-recorder.ts';

/** Time limit of a call about images or build cache, milliseconds: a removal deletes files. */
const imageCallMs = 60_000;

interface Setup {
  readonly redis: Redis;
  readonly service: string;
  /** Name of this monitor, for the document and the events. */
  readonly by: string;
  readonly config: MonitorConfig;
  /** Milliseconds since the epoch, by Redis' clock. */
  readonly now: () => number;
  readonly logger: Logger;
}

/** Options of a judge that only the caller knows, and those that replace the ones over Redis. */
export type JudgeSetup = Setup &
  Pick<JudgeOptions, 'channels' | 'extraReadings' | 'extraProblems' | 'channelHealth'> &
  Partial<Pick<JudgeOptions, 'flags' | 'releases' | 'findRefusing' | 'onCycle' | 'certificates'>>;

/** Certificates of proxies that serve one service. */
function certificatesOf(redis: Redis, service: string): CertificateReader {
  const statuses = new CertificateStatusStore(redis, service);
  return { read: async (reports) => ({ certificates: await statuses.list(), reports }) };
}

/** Judge of one term, over the stores of one Redis. */
export function judgeOf(setup: JudgeSetup, epoch: number): Judge {
  const { redis, service, by, config } = setup;
  const { judge, reAlertMinutes } = config;
  const options: JudgeOptions = {
    flags: new FlagStore(redis, service, { by, epoch }),
    releases: new ReleaseStore(redis, service, { by, epoch }),
    findRefusing: refusingMembers,
    onCycle: () => undefined,
    certificates: certificatesOf(redis, service),
    ...setup,
    reports: new ProxyReports(redis, service),
    samples: new SampleStore(redis, service),
    incidents: new IncidentStore(redis, service),
    mutes: new MuteStore(redis, service),
    repairs: new RedisRepairStore(redis, service),
    judgeStore: new JudgeStore(redis, service),
    traffic: new TrafficSource(new TrafficStore(redis, service)),
    rules: rulesInForce(config),
    ...analysisSettingsIn(judge),
    hardFailures: hardFailuresIn(judge),
    actions: judge.actions,
    reAlertMs: reAlertMinutes * 60_000,
  };
  return new Judge(options, epoch);
}

/** Settings of the trial and of the verdict. */
function analysisSettingsIn(
  judge: MonitorConfig['judge'],
): TrialSettings & { readonly verdict: VerdictSettings } {
  const { alpha, leastIncrease, neverSlowMs, latencyTolerance, warmUpRequests } = judge;
  const { goodRate, badRate, beta, safeOddsRatio, safeRequests } = judge;
  return {
    neverSlowMs,
    latencyTolerance,
    tolerances: {
      ...defaultTrialSettings.tolerances,
      errors: judge.errorTolerance,
      rejections: judge.rejectionTolerance,
    },
    warmUpRequests,
    safety: { goodRate, badRate, beta, oddsRatio: safeOddsRatio, fewestRequests: safeRequests },
    verdict: { alpha, leastIncrease },
  };
}

function hardFailuresIn({
  restarts,
  unhealthySeconds,
}: MonitorConfig['judge']): HardFailureSettings {
  return { restarts, unhealthyMs: unhealthySeconds * 1_000 };
}

/** Recorder of the traffic, for the leader. */
export function recorderOf({ redis, service, now, logger }: Setup): TrafficRecorder {
  return new TrafficRecorder({
    traffic: new TrafficStore(redis, service),
    history: new TrafficHistoryStore(redis, service),
    now,
    logger,
  });
}

/** Recorder of the judge's evidence, for the leader. */
export function evidenceRecorderOf({ redis, service, now, logger }: Setup): EvidenceRecorder {
  return new EvidenceRecorder({
    history: new EvidenceHistoryStore(redis, service),
    now,
    logger,
  });
}

/** Recorder of the ends of canaries, for the leader. */
export function canaryEndRecorderOf({ redis, service, logger }: Setup): CanaryEndRecorder {
  return new CanaryEndRecorder({
    events: new EventLog(redis, service),
    history: new ReleaseHistoryStore(redis, service),
    logger,
  });
}

/** The Docker engine of this host. Undefined: it has none. @param timeoutMs time limit of one call. */
function engineOf(
  { procRoot, docker }: MonitorConfig,
  timeoutMs?: number,
): DockerEngine | undefined {
  if (docker === null) return undefined;
  return new DockerEngine(docker.socketPath, { procRoot, ...defined({ timeoutMs }) });
}

/** Source of this host's own values. */
export function hostSourceOf(config: MonitorConfig): Source {
  const { procRoot, disks } = config;
  if (!existsSync(join(procRoot, 'stat'))) return new PortableHostSource();
  const engine = engineOf(config);
  const engineFolder = engine && (() => engine.folder(dirname(procRoot)));
  return new HostSource({ procRoot, disks, engineFolder });
}

/** Sources of what runs on this host for a service. */
export function workloadSourcesOf(
  config: MonitorConfig,
  { service, redisUrl, now }: Omit<ProcessSourceOptions, 'procRoot'>,
): Source[] {
  const { procRoot, processes } = config;
  const docker = engineOf(config);
  const engineNow = Date.now;
  return [
    ...(docker === undefined ? [] : [new ContainerSource({ docker, service, now, engineNow })]),
    ...(processes ? [new ProcessSource({ procRoot, service, redisUrl, now })] : []),
  ];
}

/** Guard of this host's canaries. */
export function guardOf(setup: Setup): CanaryGuard {
  const { redis, service, by, config, now, logger } = setup;
  const rules = rulesOf(config.rules).filter(({ actions }) => has(actions, 'eject-canary'));
  return new CanaryGuard({
    by,
    releases: new ReleaseStore(redis, service, { by }),
    orders: new EjectionOrders(redis, service),
    samples: new SampleStore(redis, service),
    incidents: new IncidentStore(redis, service),
    rules,
    hardFailures: hardFailuresIn(config.judge),
    actions: config.judge.actions,
    now,
    logger,
  });
}

/** Undefined without a Docker engine, or if no rule raises memory. */
export function raiserOf({
  redis,
  service,
  by,
  config,
  now,
  logger,
}: Setup): MemoryRaiser | undefined {
  const abovePercent = raiseAbovePercent(config.rules);
  const docker = engineOf(config);
  if (abovePercent === undefined || docker === undefined) return undefined;
  const { reserveMiB, pauseSeconds } = config.memory;
  return new MemoryRaiser({
    docker,
    settings: {
      abovePercent,
      reserveBytes: reserveMiB * 1_048_576,
      pauseMs: pauseSeconds * 1_000,
    },
    events: new EventLog(redis, service),
    by,
    now,
    logger,
  });
}

/** Undefined without a Docker engine. */
export function prunerOf(
  { redis, service, by, config, now, logger }: Setup,
  host: string,
): ImagePruner | undefined {
  const docker = engineOf(config, imageCallMs);
  if (docker === undefined) return undefined;
  return new ImagePruner({
    docker,
    host,
    hostRoot: dirname(config.procRoot),
    store: new ImageHistoryStore(redis, service, host),
    events: new EventLog(redis, service),
    by,
    diskUse,
    now,
    logger,
  });
}

/** Undefined without a Docker engine. */
export function starterOf(
  { redis, service, by, config, now, logger }: Setup,
  host: string,
): ContainerStarter | undefined {
  const docker = engineOf(config);
  if (docker === undefined) return undefined;
  const events = new EventLog(redis, service);
  return new ContainerStarter({ docker, service, host, events, by, now, logger });
}

/** Undefined without CloudWatch. */
export function publisherOf({ config, now, logger }: Setup): CloudWatchPublisher | undefined {
  if (config.cloudwatch === undefined) return undefined;
  const { namespace, region, endpoint } = config.cloudwatch;
  return new CloudWatchPublisher({ namespace, now, logger, ...defined({ region, endpoint }) });
}

/** Undefined without alarms to watch. */
export function leaderAlarmsOf(
  { config, logger }: Pick<Setup, 'config' | 'logger'>,
  options: Pick<LeaderAlarmsOptions, 'everyMs' | 'leads' | 'onFailure'>,
): LeaderAlarms | undefined {
  if (config.cloudwatch === undefined || config.cloudwatch.alarms.length === 0) return undefined;
  const { alarms, region, endpoint } = config.cloudwatch;
  const names = alarms.map(({ name }) => name);
  const source = new AlarmSource({ names, ...defined({ region, endpoint }) });
  return new LeaderAlarms({ source, logger, ...options });
}
