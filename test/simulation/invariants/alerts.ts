import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import { notificationSchema } from '../../../runtime/core/alerting/notification.ts';
import { keyOf } from '../actors/people.ts';
import { service } from '../world.ts';
import { Violation } from './violation.ts';
import type { Invariants, Watched } from './watched.ts';

/** One notification of the outbox. */
interface Expected {
  /** Channel and transition. */
  readonly name: string;
  /** Virtual time at which it was queued, or Redis lost data after that. */
  readonly queuedAtMs: number;
  /** Virtual time of the first attempt; undefined before it. */
  triedAtMs: number | undefined;
  arrivals: number;
  /** True if an attempt had no answer, or a fault happened before it was acknowledged. */
  isDisturbed: boolean;
}

const once = 'each alert arrives exactly once';
/** Arrivals that lost answers may cause. */
const mostArrivals = 3;
/**
 * Time in which a notification arrives without faults, milliseconds: it waits for others of its group,
 * and the monitor may start.
 */
const arrivalMs = 16_000;
/**
 * Time after the faults in which every earlier notification has arrived, milliseconds: attempts are up to
 * two minutes apart, and a later transition of an incident waits for the earlier one.
 */
const mostRetryMs = 240_000;

/** Invariants of notifications, from the outbox to people. */
export function watchAlerts({ world, people }: Watched): Invariants {
  const { kernel, redis } = world;
  const { outbox } = redisKeys(service);
  const counts = { alerts: 0, arrivals: 0 };
  /** Id in the outbox -> notification that is not acknowledged. */
  const pending = new Map<string, Expected>();
  const byName = new Map<string, Expected>();

  const read = () => {
    const entries = redis.keyspace.stream(outbox)?.entries ?? [];
    for (const [id, [, channel = '', , json = '']] of entries) {
      if (pending.has(id)) continue;
      const name = `${channel} ${keyOf(notificationSchema.parse(JSON.parse(json)))}`;
      if (byName.has(name)) kernel.fail(new Violation(once, `${name} was queued twice`));
      const queuedAtMs = kernel.nowMs;
      const expected = { name, queuedAtMs, triedAtMs: undefined, arrivals: 0, isDisturbed: false };
      pending.set(id, expected);
      byName.set(name, expected);
      counts.alerts += 1;
    }
    const left = new Set(entries.map(([id]) => id));
    for (const [id, expected] of pending) {
      if (left.has(id)) continue;
      pending.delete(id);
      acknowledged(expected);
    }
  };
  const acknowledged = (expected: Expected) => {
    const { name, arrivals, triedAtMs } = expected;
    const isDisturbed =
      expected.isDisturbed || (triedAtMs !== undefined && world.faultAtMs >= triedAtMs - 1_000);
    if (arrivals >= 1 || isDisturbed) return;
    kernel.fail(new Violation(once, `${name} was deleted, but it never arrived`));
  };
  redis.onExecuted(({ written }) => {
    if (written.has(outbox)) read();
  });
  redis.onDataLost(() => {
    pending.clear();
    byName.clear();
    read();
    for (const expected of pending.values()) expected.isDisturbed = true;
  });
  people.onAttempt(({ channel, notifications, arrived, answered }) => {
    for (const notification of notifications) {
      // Alerts about Redis itself do not pass through the outbox.
      const expected = byName.get(`${channel} ${keyOf(notification)}`);
      if (expected === undefined) continue;
      const since = expected.triedAtMs ?? kernel.nowMs;
      if (world.faultAtMs >= since - 1_000) expected.isDisturbed = true;
      expected.triedAtMs ??= kernel.nowMs;
      if (arrived) {
        expected.arrivals += 1;
        counts.arrivals += 1;
      }
      const most = expected.isDisturbed ? mostArrivals : 1;
      if (!answered) expected.isDisturbed = true;
      if (expected.arrivals <= most) continue;
      kernel.fail(new Violation(once, `${expected.name} arrived ${expected.arrivals} times`));
    }
  });
  /** Name of a notification that should have arrived before; undefined if there is none. */
  const late = () =>
    [...pending.values()].find(({ queuedAtMs }) => kernel.nowMs - queuedAtMs > arrivalMs)?.name;
  const atEnd = () => {
    const name = late();
    if (name !== undefined) throw new Violation(once, `${name} was queued, but never arrived`);
  };
  const isDone = () => late() === undefined || kernel.nowMs - world.faultAtMs > mostRetryMs;
  return { atEnd, isDone, counts };
}
