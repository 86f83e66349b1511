import type { Notification } from '../../core/alerting/notification.ts';

/** Result of one attempt to send a notification. */
export type SendResult =
  | { readonly kind: 'sent' }
  /** A later attempt may succeed: throttled, slow, unreachable, wrong credentials. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** No attempt can succeed: the notification or its recipient is refused. */
  | { readonly kind: 'rejected'; readonly reason: string };

/** One way to notify people. Each call is one attempt; the retry stage decides on the next one. */
export interface Channel {
  /** Name that the outbox knows the channel by. */
  readonly name: string;
  /** Must settle within `sendTimeoutMs` and must not throw. */
  send(notification: Notification): Promise<SendResult>;
}

/** Event of one channel in one round of the pipeline. */
export interface ChannelEvent {
  readonly channel: string;
  /** `given-up`: the last attempt failed, or the notification was rejected. */
  readonly kind: 'delivered' | 'given-up';
  readonly reason: string;
}

/** Time limit of one attempt, milliseconds. */
export const sendTimeoutMs = 10_000;
