import type { Redis } from 'ioredis';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import type { IncidentChange } from '../../../runtime/core/alerting/incident.ts';
import type {
  Channel,
  ChannelCheck,
  NotificationGroup,
  SendResult,
} from '../../../runtime/monitor/notify/channel.ts';
import { groupWaitMs } from '../../../runtime/monitor/notify/group-stage.ts';
import { NotificationPipeline } from '../../../runtime/monitor/notify/notification-pipeline.ts';
import type { SendAttempt } from '../../../runtime/monitor/notify/retry-stage.ts';
import { IncidentStore } from '../../../runtime/store/incidents/incident-store.ts';
import { Outbox } from '../../../runtime/store/incidents/outbox.ts';
import { silentLogger } from '../silent-logger.ts';
import { ageOutbox } from './outbox.ts';

/** Returns the result that the test sets, and keeps the messages that it was asked to send. */
export class TestChannel implements Channel {
  readonly name: string;
  result: SendResult = { kind: 'sent' };
  /** Each message as its notifications, in the form `subject transition`. */
  readonly messages: string[][] = [];

  constructor(name: string) {
    this.name = name;
  }

  send(group: NotificationGroup): Promise<SendResult> {
    this.messages.push(group.map(({ subject, transition }) => `${subject} ${transition}`));
    return Promise.resolve(this.result);
  }

  check(): Promise<ChannelCheck> {
    return Promise.resolve({ ok: true, text: 'fine' });
  }

  /** Notifications of all messages. */
  get sent(): string[] {
    return this.messages.flat();
  }
}

/** Pipeline of one monitor over a real outbox, and the attempts that it made. */
export class PipelineStage {
  readonly attempts: SendAttempt[] = [];
  readonly pipeline: NotificationPipeline;
  readonly #redis: Redis;

  private constructor(redis: Redis, outbox: Outbox, channels: readonly Channel[], leads: boolean) {
    this.#redis = redis;
    this.pipeline = new NotificationPipeline({
      outbox,
      channels,
      leads: () => leads,
      onAttempt: (attempt) => this.attempts.push(attempt),
      logger: silentLogger,
    });
  }

  /** @param consumer name of the monitor. */
  static async open(
    redis: Redis,
    consumer: string,
    channels: readonly Channel[],
    leads = true,
  ): Promise<PipelineStage> {
    const outbox = new Outbox(redis, 'shop', consumer);
    await outbox.open();
    return new PipelineStage(redis, outbox, channels, leads);
  }

  get outcomes(): string[] {
    return this.attempts.map(({ outcome }) => outcome);
  }

  async round(): Promise<void> {
    await this.pipeline.round();
  }

  /** Sends everything that waits: a round takes it, the time passes, a round sends it. */
  async flush(): Promise<void> {
    await this.round();
    await this.age(groupWaitMs);
    await this.round();
  }

  /** Lets time pass on the clock of the outbox. */
  async age(ms: number): Promise<void> {
    await ageOutbox(this.#redis, 'shop', ms);
  }
}

/** Stores a transition with its notifications. */
export async function put(
  redis: Redis,
  change: IncidentChange,
  ...channels: string[]
): Promise<void> {
  const writer = { by: 'monitor', epoch: 1, channels };
  await new IncidentStore(redis, 'shop').apply(change, writer);
}

export async function outboxLength(redis: Redis): Promise<number> {
  return await redis.xlen(redisKeys('shop').outbox);
}
