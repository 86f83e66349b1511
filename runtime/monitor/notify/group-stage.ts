import type { Notification } from '../../core/alerting/notification.ts';
import { retryDelayMs } from '../../core/alerting/retry-delay.ts';
import type { MessageAttempt, OutboxEntry } from '../../store/incidents/outbox.ts';
import { sendTimeoutMs } from './channel.ts';
import { isUrgent } from './group-text.ts';

/** Entry whose notification can be read. */
export type QueuedEntry = OutboxEntry & { readonly notification: Notification };
/** A message that is due, and its next attempt. */
export type QueuedMessage = MessageAttempt<QueuedEntry>;

/** Time that the oldest notification of a message waits for others (Alertmanager's group_wait). */
export const groupWaitMs = 10_000;
/** Time after which an attempt of another monitor is over for certain, milliseconds. */
const foreignAttemptMs = sendTimeoutMs + 5_000;
/** Attempts that the delay after an unconfirmed one is ahead, so that the few last for longer. */
const unconfirmedAhead = 3;

/**
 * Messages of one channel that are due now, in the order in which they are sent. New notifications
 * are sent together once the oldest has waited for {@link groupWaitMs}, or at once with an ejection. A
 * message that was tried stays as it is: one that a channel cannot send holds up no other.
 * @param entries those of the channel, oldest first.
 * @param consumer name of this process in the outbox.
 */
export function dueMessages(entries: readonly QueuedEntry[], consumer: string): QueuedMessage[] {
  const byMessage = Map.groupBy(entries, ({ message }) => message);
  const tried = [...byMessage].flatMap(([id, members]) => {
    if (id === undefined) return [];
    const number = Math.max(...members.map(({ attempts }) => attempts)) + 1;
    const unconfirmed = Math.max(...members.map((entry) => entry.unconfirmed));
    return [{ id, entries: members, number, unconfirmed }];
  });
  const due = tried.filter((message) => isRetryDue(message, consumer));
  const fresh = newMessage(entries, consumer);
  if (fresh === undefined) return due;
  const isFirst = fresh.entries.some(({ notification }) => isUrgent(notification));
  return isFirst ? [fresh, ...due] : [...due, fresh];
}

/**
 * True if an older notification of one of its incidents is not delivered yet, and not part of it:
 * nobody learns of the end of an incident before its beginning.
 * @param entries the undelivered ones of the channel, oldest first.
 */
export function isHeld(message: QueuedMessage, entries: readonly QueuedEntry[]): boolean {
  const ids = new Set(message.entries.map(({ id }) => id));
  const oldest = oldestByIncident(entries);
  return message.entries.some(
    ({ notification }) => !ids.has(oldest.get(notification.incidentId) ?? ''),
  );
}

/** Message of the notifications that were not tried yet; undefined if it is not due. */
function newMessage(entries: readonly QueuedEntry[], consumer: string): QueuedMessage | undefined {
  const triedIncidents = new Set(
    entries.filter(({ message }) => message !== undefined).map(incidentOf),
  );
  const members = entries.filter(
    (entry) =>
      entry.message === undefined &&
      !triedIncidents.has(incidentOf(entry)) &&
      // An earlier version of another monitor may be sending what it has just taken.
      (entry.consumer === consumer || entry.idleMs >= foreignAttemptMs),
  );
  const [first] = members;
  if (first === undefined) return undefined;
  const isDue = members.some(
    ({ idleMs, notification }) => idleMs >= groupWaitMs || isUrgent(notification),
  );
  if (!isDue) return undefined;
  const number = Math.max(...members.map(({ attempts }) => attempts));
  return { id: first.id, entries: members, number, unconfirmed: 0 };
}

function isRetryDue(
  { id, entries, number, unconfirmed }: QueuedMessage,
  consumer: string,
): boolean {
  const ahead = unconfirmed > 0 ? unconfirmedAhead : 0;
  const delayMs = retryDelayMs(number - 1 + ahead, id);
  return entries.every((entry) => {
    const isOwn = entry.consumer === consumer;
    return entry.idleMs >= (isOwn ? delayMs : Math.max(delayMs, foreignAttemptMs));
  });
}

/** Incident -> id of its oldest entry. */
function oldestByIncident(entries: readonly QueuedEntry[]): ReadonlyMap<string, string> {
  return new Map(entries.toReversed().map((entry) => [incidentOf(entry), entry.id]));
}

function incidentOf({ notification }: QueuedEntry): string {
  return notification.incidentId;
}
