import type { Logger } from 'pino';
import type { Notification } from '../../core/alerting/notification.ts';
import { maxAttempts } from '../../core/alerting/retry-delay.ts';
import type { OutboxEntry } from '../../store/incidents/outbox.ts';
import type { Channel } from './channel.ts';

/** Outcome of an attempt: `failed` is tried again later, `given-up` never. */
export type AttemptOutcome = 'sent' | 'failed' | 'given-up';

export interface SendAttempt {
  readonly outcome: AttemptOutcome;
  /** Empty if the notification was sent. */
  readonly reason: string;
  /** True if the channel itself failed, so that the rest of its notifications waits. */
  readonly channelFailed: boolean;
}

export interface RetryStageOptions {
  /** Called after every attempt. Default: does nothing. */
  readonly onAttempt?: (channel: string, outcome: AttemptOutcome) => void;
  readonly logger: Logger;
}

/** Sends a notification once and decides whether it is tried again (Alertmanager's RetryStage). */
export class RetryStage {
  readonly #options: RetryStageOptions;

  constructor(options: RetryStageOptions) {
    this.#options = options;
  }

  /** Sends a claimed entry through its channel. Never throws. */
  async send(
    channel: Channel,
    entry: OutboxEntry,
    notification: Notification,
  ): Promise<SendAttempt> {
    const { logger, onAttempt } = this.#options;
    const number = entry.fresh ? entry.attempts : entry.attempts + 1;
    const result = await channel.send(notification);
    const reason = result.kind === 'sent' ? '' : result.reason;
    const channelFailed = result.kind === 'failed';
    const retries = channelFailed && number < maxAttempts;
    const outcome = result.kind === 'sent' ? 'sent' : retries ? 'failed' : 'given-up';
    onAttempt?.(channel.name, outcome);
    const context = {
      channel: channel.name,
      attempt: number,
      incident: notification.incidentId,
      to: notification.transition,
    };
    if (outcome === 'sent') {
      logger.info(context, 'notification delivered');
    } else if (outcome === 'failed') {
      logger.warn({ ...context, reason }, 'notification not delivered yet');
    } else {
      logger.error({ ...context, reason }, 'notification given up');
    }
    return { outcome, reason, channelFailed };
  }
}
