import type { Notification } from '../../core/alerting/notification.ts';

/** How one try to deliver a notice ended. */
export type Delivery =
  | { readonly kind: 'sent' }
  /** It may go through later: throttled, slow, unreachable, credentials that somebody may mend. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** It will never go through: the notice itself, or where it goes, is refused. */
  | { readonly kind: 'rejected'; readonly reason: string };

/** A way to tell people. One try each call; the outbox decides about the next one. */
export interface Channel {
  /** As it is in the outbox. */
  readonly name: string;
  /** Must settle within `sendTimeoutMs` and must not throw. */
  send(notification: Notification): Promise<Delivery>;
}

/** How long one try may take, milliseconds. */
export const sendTimeoutMs = 10_000;

/** Outcome of a delivery that decides whether a channel works. */
export interface ChannelEvent {
  readonly channel: string;
  /** `given-up`: a notification reached its last attempt, or was refused for good. */
  readonly kind: 'delivered' | 'given-up';
  /** Empty if delivered. */
  readonly reason: string;
}
