import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { pruneEveryMs } from '../core/host/image-retention.ts';
import { Lease } from '../store/judge/lease.ts';
import { EventLog } from '../store/incidents/event-log.ts';
import { Outbox } from '../store/incidents/outbox.ts';
import { Periodic } from '../store/local/periodic.ts';
import {
  guardOf,
  judgeOf,
  leaderAlarmsOf,
  prunerOf,
  publisherOf,
  raiserOf,
  canaryEndRecorderOf,
  evidenceRecorderOf,
  recorderOf,
  starterOf,
  hostSourceOf,
  workloadSourcesOf,
  type JudgeSetup,
} from './compose.ts';
import type { MonitorConfig } from './config.ts';
import { Dispatcher } from './notify/dispatcher.ts';
import { alarmProblems } from './judge/problems.ts';
import type { CertificateReader } from './judge/edge-certificates.ts';
import type { Problem } from './judge/lasting-problems.ts';
import type { Source } from './host/sources/source.ts';
import type { CycleReport } from './judge/cycle-report.ts';
import { Leader, type Term } from './judge/leader.ts';
import type { CanaryEndRecorder } from './judge/canary-end-recorder.ts';
import type { EvidenceRecorder } from './judge/evidence-recorder.ts';
import type { TrafficRecorder } from './judge/traffic-recorder.ts';
import { MonitorMetrics } from './monitor-metrics.ts';
import type { Channel } from './notify/channel.ts';
import type { ChannelFailure } from './notify/channel-health.ts';
import { RedisOutage } from './outage/redis-outage.ts';
import type { CloudWatchPublisher } from './cloudwatch/cloudwatch-publisher.ts';
import { measured } from './cloudwatch/measurements.ts';
import { TrackMeter } from './cloudwatch/track-meter.ts';
import { Sampler } from './host/sampler.ts';
import { HostCycle } from './host/host-cycle.ts';
import type { ImagePruner } from './host/image-pruner.ts';
import type { LeaderAlarms } from './cloudwatch/leader-alarms.ts';

export interface MonitorOptions {
  readonly redis: Redis;
  /** URL of that Redis, as members get it. Secret. */
  readonly redisUrl: string;
  readonly service: string;
  readonly host: string;
  /** Name of this process, unique and without blanks. */
  readonly id: string;
  readonly config: MonitorConfig;
  readonly channels: readonly Channel[];
  /** Source of the host's own values. Default: the host itself. */
  readonly hostSource?: Source;
  /** Further problems, while they last. Default: none. */
  readonly extraProblems?: () => readonly Problem[];
  /** Certificates of the proxies. Default: those of the service's own. */
  readonly certificates?: CertificateReader;
  /** True if it removes unused images of the host. Default true. */
  readonly prunesImages?: boolean;
  readonly logger: Logger;
  /** Milliseconds since the epoch, by Redis' clock. Default: the system's clock. */
  readonly now?: () => number;
  /** Milliseconds by which the system's clock is ahead of Redis'; undefined while unknown. */
  readonly clockOffsetMs?: () => number | undefined;
  /** Duration of the leader's lease, milliseconds. Default 5,000. */
  readonly leaseTtlMs?: number;
}

const sampleEveryMs = 2_000;
const judgeEveryMs = 1_000;
const deliverEveryMs = 500;
const outageEveryMs = 1_000;
const alarmsEveryMs = 10_000;
const recordEveryMs = 10_000;

/** The monitor of one host: it samples, stands for election and, as the leader, judges and notifies. */
export class Monitor {
  readonly metrics: MonitorMetrics;
  readonly #outage: RedisOutage;
  readonly #hostCycle: HostCycle;
  readonly #leader: Leader;
  readonly #dispatcher: Dispatcher;
  readonly #alarms: LeaderAlarms | undefined;
  readonly #pruner: ImagePruner | undefined;
  readonly #recorder: TrafficRecorder;
  readonly #evidence: EvidenceRecorder;
  readonly #canaryEnds: CanaryEndRecorder;
  readonly #publisher: CloudWatchPublisher | undefined;
  readonly #service: string;
  readonly #hasChannels: boolean;
  #periodics: Periodic[] = [];
  #pruning: Periodic | undefined;
  #sampledAt = Number.NEGATIVE_INFINITY;

  constructor(options: MonitorOptions) {
    const { redis, redisUrl, service, host, id, config, channels, logger } = options;
    const { now = Date.now, clockOffsetMs = () => undefined, leaseTtlMs = 5_000 } = options;
    const { hostSource = hostSourceOf(config), extraProblems = () => [] } = options;
    const sources = [hostSource, ...workloadSourcesOf(config, { service, redisUrl, now })];
    const setup = { redis, service, by: `monitor ${id}`, config, now, logger };
    this.#service = service;
    this.#hasChannels = channels.length > 0;
    this.#publisher = publisherOf(setup);
    this.#recorder = recorderOf(setup);
    this.#evidence = evidenceRecorderOf(setup);
    this.#canaryEnds = canaryEndRecorderOf(setup);
    this.#pruner = options.prunesImages === false ? undefined : prunerOf(setup, host);
    this.#alarms = leaderAlarmsOf(setup, {
      everyMs: alarmsEveryMs,
      leads: () => this.#leader.leads,
      onFailure: () => this.metrics.sourceFailed('cloudwatch'),
    });
    this.metrics = new MonitorMetrics({
      service,
      leads: () => this.#leader.leads,
      pending: () => this.#dispatcher.pending,
      failingChannels: () => this.failingChannels.map(({ channel }) => channel),
      monotonicMs: () => performance.now(),
    });
    this.#outage = new RedisOutage({
      ...setup,
      redisUrl,
      host,
      channels,
      reAlertMs: config.reAlertMinutes * 60_000,
      ledLast: () => this.#leader.ledLast,
    });
    this.#hostCycle = new HostCycle({
      service,
      sampler: new Sampler({ host, sources, now, clockOffsetMs }),
      samples: this.#outage.samples,
      guard: guardOf(setup),
      raiser: raiserOf(setup),
      starter: starterOf(setup, host),
      publisher: this.#publisher,
      containerMetrics: config.cloudwatch?.containers ?? [],
      metrics: this.metrics,
      logger,
    });
    this.#dispatcher = new Dispatcher({
      outbox: new Outbox(redis, service, id),
      events: new EventLog(redis, service),
      by: setup.by,
      channels,
      leads: () => this.#leader.leads,
      onAttempt: ({ channel, outcome }) => this.metrics.delivered(channel, outcome),
      now,
      logger,
    });
    const judgeSetup: JudgeSetup = {
      ...setup,
      channels: channels.map(({ name }) => name),
      extraReadings: () => this.#alarms?.readings() ?? [],
      extraProblems: () => [...alarmProblems(this.#alarms?.failure), ...extraProblems()],
      channelHealth: this.#dispatcher.health,
      ...(options.certificates !== undefined && { certificates: options.certificates }),
    };
    this.#leader = new Leader({
      lease: new Lease(redis, service, { holder: id, ttlMs: leaseTtlMs }),
      leaseTtlMs,
      begin: (epoch) => this.#beginTerm(judgeSetup, epoch),
      monotonicMs: () => performance.now(),
      logger,
    });
  }

  /** True if it has a channel to notify a team by. */
  get hasChannels(): boolean {
    return this.#hasChannels;
  }

  /** True while this monitor is the leader. */
  get leads(): boolean {
    return this.#leader.leads;
  }

  /** Channels that fail now; only the leader knows, because only the leader sends. */
  get failingChannels(): readonly ChannelFailure[] {
    return this.#leader.leads ? this.#dispatcher.health.failing : [];
  }

  /** True if the last cycle of this host is recent. */
  get isSampling(): boolean {
    return performance.now() - this.#sampledAt < 5 * sampleEveryMs;
  }

  /** Samples once, then starts all periodic jobs; they run until {@link stop}. */
  async start(): Promise<void> {
    const jobs: [job: () => Promise<void>, everyMs: number][] = [
      [() => this.#sample(), sampleEveryMs],
      [() => this.#leader.tick(), judgeEveryMs],
      [() => this.#outage.tick(), outageEveryMs],
      [async () => this.#deliver(), deliverEveryMs],
      [() => this.#record(), recordEveryMs],
      [() => this.#evidence.record(), judgeEveryMs],
      [() => this.#recordEnds(), judgeEveryMs],
    ];
    this.#alarms?.start();
    await this.#sample();
    this.#periodics = jobs.map(([job, everyMs]) => new Periodic(job, everyMs));
    const pruner = this.#pruner;
    this.#pruning = pruner && new Periodic(() => pruner.prune(), pruneEveryMs);
    for (const periodic of this.#periodics) periodic.runNow();
    this.#pruning?.runNow();
  }

  /** Finishes running jobs and gives the lease up. */
  async stop(): Promise<void> {
    this.#pruner?.stop();
    await Promise.all(this.#periodics.map((periodic) => periodic.stop()));
    await this.#alarms?.stop();
    await Promise.all([this.#dispatcher.settled(), this.#outage.settled()]);
    await this.#leader.resign();
    // Last, because Docker may need its time to remove an image.
    await this.#pruning?.stop();
    this.#publisher?.close();
  }

  /**
   * Only the leader publishes the tracks, because CloudWatch would count them several times, and
   * only the leader reads the alarms.
   */
  #beginTerm(setup: JudgeSetup, epoch: number): Term {
    this.#alarms?.beginTerm();
    this.#dispatcher.health.reset();
    const meter = new TrackMeter(setup.service, setup.now());
    const onCycle = (report: CycleReport) => {
      this.metrics.judged(report);
      const { nowMs, verdict } = report;
      if (verdict !== undefined) this.#evidence.add(nowMs, verdict.evidence);
      this.#publisher?.measure(meter.take(report.buckets, report.weight, report.nowMs));
    };
    return judgeOf({ ...setup, onCycle }, epoch);
  }

  async #sample(): Promise<void> {
    await this.#hostCycle.run();
    this.#sampledAt = performance.now();
  }

  /** Only the leader writes the history of the traffic; a second writer would store the same. */
  async #record(): Promise<void> {
    if (this.#leader.leads) await this.#recorder.record();
  }

  async #recordEnds(): Promise<void> {
    if (this.#leader.leads) await this.#canaryEnds.record();
  }

  #deliver(): void {
    this.#dispatcher.startRound();
    if (!this.#leader.leads || !this.#hasChannels) return;
    const failing = this.failingChannels.length;
    this.#publisher?.measure(measured('channel.failing', failing, { service: this.#service }));
  }
}
