import type { Notification } from '../../../runtime/core/alerting/notification.ts';
import type {
  Channel,
  NotificationGroup,
  SendResult,
} from '../../../runtime/monitor/notify/channel.ts';
import type { World } from '../world.ts';

/** One attempt to notify people, as it really ended. */
export interface Attempt {
  readonly channel: string;
  readonly notifications: NotificationGroup;
  readonly atMs: number;
  /** True if people got the message, whatever the sender learnt. */
  readonly arrived: boolean;
  /** True if the sender learnt of it. */
  readonly answered: boolean;
}

/** Names of the channels of every monitor. */
export const channelNames = ['email:team@example.com', 'webhook'];

/** The people on call, and the services that carry messages to them. */
export class People {
  readonly #world: World;
  readonly #observers: ((attempt: Attempt) => void)[] = [];
  readonly #random;

  constructor(world: World) {
    this.#world = world;
    this.#random = world.chanceOf('people');
  }

  onAttempt(observer: (attempt: Attempt) => void): void {
    this.#observers.push(observer);
  }

  /** The channels of one monitor. */
  channels(): Channel[] {
    return channelNames.map((name) => ({
      name,
      send: (group) => this.#send(name, group),
      check: () => Promise.resolve({ ok: true, text: 'works' }),
    }));
  }

  #send(channel: string, notifications: NotificationGroup): Promise<SendResult> {
    const { kernel, isStormy } = this.#world;
    const { promise, resolve } = Promise.withResolvers<SendResult>();
    const trouble = isStormy ? this.#random.next() : 1;
    const arrived = trouble > 0.15;
    const answered = trouble > 0.25;
    const attempt = { channel, notifications, atMs: kernel.nowMs, arrived, answered };
    kernel.scheduleOutside(this.#random.between(5, 300), () => {
      kernel.note(`people: ${channel} ${arrived ? 'got' : 'missed'} ${textOf(notifications)}`);
      for (const react of this.#observers) react(attempt);
    });
    const result: SendResult = answered
      ? { kind: 'sent' }
      : arrived || trouble < 0.05
        ? { kind: 'unknown', reason: 'the connection ended' }
        : { kind: 'failed', reason: 'throttled' };
    kernel.schedule(this.#random.between(300, answered ? 1_000 : 8_000), () => resolve(result));
    return promise;
  }
}

function textOf(notifications: NotificationGroup): string {
  return notifications.map(keyOf).join(', ');
}

/** Name of one transition of one incident. */
export function keyOf({
  incidentId,
  transition,
  at,
}: Pick<Notification, 'incidentId' | 'transition' | 'at'>): string {
  return `${incidentId} ${transition} ${at}`;
}
