import type { Logger } from 'pino';
import { maxAttempts } from '../../core/alerting/retry-delay.ts';
import type { Channel, NotificationGroup } from './channel.ts';
import type { QueuedMessage } from './group-stage.ts';

/** Most attempts of one message that may have delivered it. */
export const maxUnconfirmed = 3;

/**
 * Outcome of an attempt: `failed` is tried again later; `given-up` was not delivered and never will
 * be; `unconfirmed` was sent as often as is allowed, and the channel never answered.
 */
export type AttemptOutcome = 'sent' | 'failed' | 'given-up' | 'unconfirmed';

export interface SendAttempt {
  /** Name of the channel. */
  readonly channel: string;
  readonly outcome: AttemptOutcome;
  /** Number of attempts of the message, this one included. */
  readonly number: number;
  /** Empty if the message was sent. */
  readonly reason: string;
  readonly notifications: NotificationGroup;
}

/** Effect of an attempt on the pipeline. */
export interface SendEffect {
  readonly outcome: AttemptOutcome;
  /** True if the attempt delivered nothing for certain. */
  readonly isCertain: boolean;
  /** True if the channel failed, so that its other messages wait. */
  readonly channelFailed: boolean;
  /** True if the channel refused several notifications, of which others may be acceptable. */
  readonly splits: boolean;
}

export interface RetryStageOptions {
  /** Called after every attempt. Default: does nothing. */
  readonly onAttempt?: (attempt: SendAttempt) => void;
  readonly logger: Logger;
}

/** Sends a message once and decides whether it is tried again (Alertmanager's RetryStage). */
export class RetryStage {
  readonly #options: RetryStageOptions;

  constructor(options: RetryStageOptions) {
    this.#options = options;
  }

  /** Sends a claimed message through its channel. Never throws. */
  async send(channel: Channel, message: QueuedMessage): Promise<SendEffect> {
    const notifications = groupOf(message);
    const result = await channel.send(notifications);
    const reason = result.kind === 'sent' ? '' : result.reason;
    const splits = result.kind === 'rejected' && notifications.length > 1;
    const outcome = splits ? 'failed' : outcomeOf(result.kind, message);
    this.#report({ channel: channel.name, outcome, number: message.number, reason, notifications });
    return {
      outcome,
      isCertain: result.kind !== 'unknown',
      channelFailed: result.kind === 'failed' || result.kind === 'unknown',
      splits,
    };
  }

  /** Ends a message whose last attempt an earlier leader made and did not live to report. */
  abandon(channel: Channel, message: QueuedMessage): void {
    const reason = 'the monitor that sent it ended before the channel answered';
    const notifications = groupOf(message);
    const number = message.number - 1;
    this.#report({ channel: channel.name, outcome: 'unconfirmed', number, reason, notifications });
  }

  #report(attempt: SendAttempt): void {
    const { onAttempt, logger } = this.#options;
    const { outcome, reason, notifications, channel, number } = attempt;
    onAttempt?.(attempt);
    const incidents = notifications.map(({ incidentId, transition }) => [incidentId, transition]);
    const context = { channel, attempt: number, incidents, ...(reason !== '' && { reason }) };
    if (outcome === 'sent') logger.info(context, 'notification delivered');
    else if (outcome === 'failed') logger.warn(context, 'notification not delivered yet');
    else if (outcome === 'given-up') logger.error(context, 'notification given up');
    else logger.error(context, 'notification sent without an answer: it may have arrived');
  }
}

function outcomeOf(
  kind: 'sent' | 'failed' | 'unknown' | 'rejected',
  { number, unconfirmed }: QueuedMessage,
): AttemptOutcome {
  if (kind === 'sent') return 'sent';
  if (kind === 'rejected') return 'given-up';
  if (kind === 'unknown' && unconfirmed + 1 >= maxUnconfirmed) return 'unconfirmed';
  if (number < maxAttempts) return 'failed';
  return kind === 'unknown' || unconfirmed > 0 ? 'unconfirmed' : 'given-up';
}

function groupOf({ entries }: QueuedMessage): NotificationGroup {
  const [first, ...others] = entries.map(({ notification }) => notification);
  if (first === undefined) throw new TypeError('a message has at least one notification');
  return [first, ...others];
}
