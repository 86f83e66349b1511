import type { Notification } from '../../core/alerting/notification.ts';

/** Notifications that are sent as one message, oldest first. */
export type NotificationGroup = readonly [Notification, ...Notification[]];

/** Result of one attempt to send a message. */
export type SendResult =
  | { readonly kind: 'sent' }
  /** Not sent for certain; a later attempt may succeed: throttled, unreachable, wrong credentials. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** Perhaps sent: the connection ended, or the time was over, after the request could be written. */
  | { readonly kind: 'unknown'; readonly reason: string }
  /** No attempt can succeed: the message or its recipient is refused. */
  | { readonly kind: 'rejected'; readonly reason: string };

/** Result of a check without a message. */
export type ChannelCheck =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: string };

/** One way to notify people. */
export interface Channel {
  /** Name that the outbox knows the channel by. */
  readonly name: string;
  /**
   * Sends one message by one request; the retry stage decides on the next attempt. Must settle
   * within `sendTimeoutMs` and must not throw.
   */
  send(group: NotificationGroup): Promise<SendResult>;
  /** Tries the credentials, or the connection, and sends nothing. Must not throw. */
  check(): Promise<ChannelCheck>;
}

/** Time limit of one attempt, milliseconds. */
export const sendTimeoutMs = 10_000;
