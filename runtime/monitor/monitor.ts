import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { Lease } from '../store/judge/lease.ts';
import { Outbox } from '../store/incidents/outbox.ts';
import { Periodic } from '../store/local/periodic.ts';
import {
  alarmWatchOf,
  guardOf,
  judgeOf,
  publisherOf,
  raiserOf,
  sourcesOf,
  type JudgeSetup,
} from './compose.ts';
import type { MonitorConfig } from './config.ts';
import { Dispatcher } from './notify/dispatcher.ts';
import type { Problem } from './judge/lasting-problems.ts';
import type { CycleReport } from './judge/cycle-report.ts';
import { Leader, type Term } from './judge/leader.ts';
import { MonitorMetrics } from './monitor-metrics.ts';
import type { Channel } from './notify/channel.ts';
import { RedisOutage } from './outage/redis-outage.ts';
import type { CloudWatchPublisher } from './cloudwatch/cloudwatch-publisher.ts';
import { TrackMeter } from './cloudwatch/track-meter.ts';
import { Sampler } from './host/sampler.ts';
import { HostCycle } from './host/host-cycle.ts';
import type { AlarmWatch } from './cloudwatch/alarm-watch.ts';

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
  readonly logger: Logger;
  /** Milliseconds since the epoch. Default: the system's clock. */
  readonly now?: () => number;
  /** Duration of the leader's lease, milliseconds. Default 5,000. */
  readonly leaseTtlMs?: number;
}

const sampleEveryMs = 2_000;
const judgeEveryMs = 1_000;
const deliverEveryMs = 500;
const outageEveryMs = 1_000;
const alarmsEveryMs = 10_000;
const alarmTroubleMs = 60_000;

/** The monitor of one host: it samples, stands for election and, as the leader, judges and notifies. */
export class Monitor {
  readonly metrics: MonitorMetrics;
  readonly #outage: RedisOutage;
  readonly #hostCycle: HostCycle;
  readonly #leader: Leader;
  readonly #dispatcher: Dispatcher;
  readonly #alarms: AlarmWatch | undefined;
  readonly #publisher: CloudWatchPublisher | undefined;
  #periodics: Periodic[] = [];
  #sampledAt = Number.NEGATIVE_INFINITY;

  constructor(options: MonitorOptions) {
    const { redis, redisUrl, service, host, id, config, channels, logger } = options;
    const { now = Date.now, leaseTtlMs = 5_000 } = options;
    const setup = { redis, service, by: `monitor ${id}`, config, now, logger };
    this.#publisher = publisherOf(setup);
    this.#alarms = alarmWatchOf(setup);
    this.metrics = new MonitorMetrics({
      leads: () => this.#leader.leads,
      pending: () => this.#dispatcher.pending,
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
      sampler: new Sampler({ host, sources: sourcesOf(config, { service, redisUrl, now }), now }),
      samples: this.#outage.samples,
      guard: guardOf(setup),
      raiser: raiserOf(setup),
      publisher: this.#publisher,
      metrics: this.metrics,
      logger,
    });
    const judgeSetup: JudgeSetup = {
      ...setup,
      channels: channels.map(({ name }) => name),
      extraReadings: () => this.#alarms?.readings() ?? [],
      extraProblems: () => this.#alarmProblems(),
      takeChannelEvents: () => this.#dispatcher.takeChannelEvents(),
    };
    this.#leader = new Leader({
      lease: new Lease(redis, service, { holder: id, ttlMs: leaseTtlMs }),
      leaseTtlMs,
      begin: (epoch) => this.#beginTerm(judgeSetup, epoch),
      monotonicMs: () => performance.now(),
      logger,
    });
    this.#dispatcher = new Dispatcher({
      outbox: new Outbox(redis, service, id),
      channels,
      leads: () => this.#leader.leads,
      onAttempt: (channel, outcome) => this.metrics.delivered(channel, outcome),
      logger,
    });
  }

  /** True while this monitor is the leader. */
  get leads(): boolean {
    return this.#leader.leads;
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
      [async () => this.#dispatcher.startRound(), deliverEveryMs],
    ];
    const alarms = this.#alarms;
    if (alarms !== undefined) jobs.push([() => this.#readAlarms(alarms), alarmsEveryMs]);
    await this.#sample();
    this.#periodics = jobs.map(([job, everyMs]) => new Periodic(job, everyMs));
    for (const periodic of this.#periodics) periodic.runNow();
  }

  /** Finishes running jobs and gives the lease up. */
  async stop(): Promise<void> {
    await Promise.all(this.#periodics.map((periodic) => periodic.stop()));
    await Promise.all([this.#dispatcher.settled(), this.#outage.settled()]);
    await this.#leader.resign();
    this.#publisher?.close();
  }

  /** Only the leader publishes the tracks, because CloudWatch would count them several times. */
  #beginTerm(setup: JudgeSetup, epoch: number): Term {
    const meter = new TrackMeter(setup.service, setup.now());
    const onCycle = (report: CycleReport) => {
      this.metrics.judged(report);
      this.#publisher?.measure(meter.take(report.buckets, report.weight, report.nowMs));
    };
    return judgeOf({ ...setup, onCycle }, epoch);
  }

  async #sample(): Promise<void> {
    await this.#hostCycle.run();
    this.#sampledAt = performance.now();
  }

  async #readAlarms(alarms: AlarmWatch): Promise<void> {
    await alarms.refresh();
    if (alarms.failure !== undefined) this.metrics.sourceFailed('cloudwatch');
  }

  #alarmProblems(): Problem[] {
    const reason = this.#alarms?.failure;
    if (reason === undefined) return [];
    const summary = `CloudWatch did not report its alarms: ${reason}`;
    const details = { summary, actions: [] };
    return [{ rule: 'source-failed', subject: 'cloudwatch', forMs: alarmTroubleMs, details }];
  }
}
