import type { Redis } from 'ioredis';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import {
  notificationSchema,
  type Notification,
} from '../../../runtime/core/alerting/notification.ts';
import type { HostSample, Workload } from '../../../runtime/core/host/host-sample.ts';
import type { Member, ReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import { reinstate } from '../../../runtime/core/release/transitions.ts';
import { judgeOf, type JudgeSetup } from '../../../runtime/monitor/compose.ts';
import type { Judge } from '../../../runtime/monitor/judge/judge.ts';
import { FlagStore } from '../../../runtime/store/flags/flag-store.ts';
import { JudgeStore } from '../../../runtime/store/judge/judge-store.ts';
import { Lease } from '../../../runtime/store/judge/lease.ts';
import { SampleStore } from '../../../runtime/store/judge/sample-store.ts';
import { test as base } from '../fixtures.ts';
import { monitorConfig, StagedRelease } from './monitor.ts';
import { silentLogger } from '../silent-logger.ts';

const flag = {
  state: 'ENABLED',
  variants: { on: true, off: false },
  defaultVariant: 'on',
} as const;

/** Judge of a service `shop` with the flag `new_feature`, over a real Redis and a clock of its own. */
export class JudgeStage {
  readonly redis: Redis;
  readonly staged: StagedRelease;
  readonly flags: FlagStore;
  /** Milliseconds since the epoch; {@link run} moves it. */
  nowMs = Date.now();
  judge: Judge;

  constructor(redis: Redis) {
    this.redis = redis;
    this.staged = new StagedRelease(redis, 'shop');
    this.flags = new FlagStore(redis, 'shop', { by: 'test' });
    this.judge = this.beginTerm();
  }

  /** Stores the flag, and lets the judge lead. */
  async open(): Promise<void> {
    await this.flags.set('new_feature', flag);
    await this.#takeLease('test');
  }

  /**
   * Replaces the judge by one that knows only what is in Redis.
   * @param given - the monitor's configuration.
   */
  beginTerm(given: object = {}, overrides: Partial<JudgeSetup> = {}): Judge {
    const setup: JudgeSetup = {
      redis: this.redis,
      service: 'shop',
      by: 'monitor test',
      config: monitorConfig({
        judge: { actions: ['eject-canary', 'kill-flag:new_feature'] },
        ...given,
      }),
      channels: ['email'],
      extraReadings: () => [],
      extraProblems: () => [],
      channelHealth: { failing: [], delivering: [] },
      findRefusing: () => Promise.resolve([]),
      now: () => this.nowMs,
      logger: silentLogger,
      ...overrides,
    };
    this.judge = judgeOf(setup, 1);
    return this.judge;
  }

  /** Hands in ten buckets of stable requests before the trial, at 20 ms, and runs a cycle. */
  async handInBaseline(): Promise<void> {
    for (let bucket = 1; bucket <= 10; bucket += 1) {
      const stable = { requests: 100, latencyMs: 20 };
      await this.staged.handIn(this.nowMs - bucket * 10_000, { stable }, 0);
    }
    await this.run();
  }

  /** Runs one cycle a second. */
  async run(seconds = 1): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      await this.judge.runCycle();
      this.nowMs += 1_000;
    }
  }

  /** Lets another monitor become the leader. */
  async replaceLeader(): Promise<void> {
    await this.redis.del(redisKeys('shop').leader);
    await this.#takeLease('other');
  }

  /** Stages a canary that fails 12 of its 30 requests; the next cycle ejects it. */
  async stageFailingCanary(): Promise<void> {
    await this.staged.stage();
    await this.run();
    await this.failCanary();
  }

  async failCanary(): Promise<void> {
    const canary = { requests: 30, failures: 12 };
    await this.staged.handIn(this.nowMs, { stable: { requests: 90 }, canary });
  }

  /** Reinstates the ejected canary with its share of the traffic. */
  async reinstateCanary(): Promise<void> {
    await this.staged.releases.change((document) => reinstate(document, undefined, 'fixed'));
    await this.staged.setWeight(25);
  }

  /** Writes a sample of host-1 with the canary's container; with the name `''` there is none. */
  async sample(workload: Partial<Workload>, host: Partial<HostSample> = {}): Promise<void> {
    const named = { id: 'c1', name: 'canary-1', memberId: 'canary-1', ...workload };
    const workloads: Workload[] = workload.name === '' ? [] : [{ track: 'canary', ...named }];
    const problems = host.problems ?? [];
    const sample = { host: 'host-1', at: this.nowMs, disks: [], workloads, ...host, problems };
    await new SampleStore(this.redis, 'shop').write(sample);
  }

  async document(): Promise<ReleaseDocument> {
    const read = await this.staged.releases.read();
    if (read.kind !== 'found') throw new Error('there is no document');
    return read.document;
  }

  async canaryState(): Promise<Member['state'] | undefined> {
    return (await this.document()).members.find(({ id }) => id === 'canary-1')?.state;
  }

  async flagState(): Promise<string | undefined> {
    return (await this.flags.get('new_feature'))?.state;
  }

  async judgeStatus() {
    return await new JudgeStore(this.redis, 'shop').judgeStatus();
  }

  /** Notifications in the outbox, oldest first, each once for every channel. */
  async notifications(): Promise<Notification[]> {
    const entries = await this.redis.xrange(redisKeys('shop').outbox, '-', '+');
    return entries.map(([, [, , , json = '']]) => notificationSchema.parse(JSON.parse(json)));
  }

  /** Dates the document by the clock of this stage: the store dates it by Redis' clock. */
  async dateDocument(): Promise<void> {
    const key = redisKeys('shop').release;
    const stored: object = JSON.parse((await this.redis.get(key)) ?? '{}');
    const dates = { updatedAt: this.nowMs, stepStartedAt: this.nowMs };
    await this.redis.set(key, JSON.stringify({ ...stored, ...dates }));
  }

  /** Empties the outbox, as if everything was delivered. */
  async dropNotifications(): Promise<void> {
    await this.redis.xtrim(redisKeys('shop').outbox, 'MAXLEN', 0);
  }

  /** The notifications in the form `rule subject transition`. */
  async transitions(): Promise<string[]> {
    return (await this.notifications()).map(
      ({ rule, subject, transition }) => `${rule} ${subject} ${transition}`,
    );
  }

  async #takeLease(holder: string): Promise<void> {
    await new Lease(this.redis, 'shop', { holder, ttlMs: 60_000 }).hold();
  }
}

/** Tests with a judge, whose service has no release document yet. */
export const test = base.extend('stage', async ({ redis }): Promise<JudgeStage> => {
  const stage = new JudgeStage(redis);
  await stage.open();
  return stage;
});
