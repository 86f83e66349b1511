import type { Notification } from '../../../core/alerting/notification.ts';
import { sendTimeoutMs, type Channel, type SendResult } from '../channel.ts';
import { webhookBody } from './webhook-body.ts';
import { signatureField, webhookSignature } from './webhook-signature.ts';

export interface WebhookOptions {
  /** Secret, because many webhook URLs contain their password. */
  readonly url: string;
  /** Key that signs the body. Secret. Default: no signature. */
  readonly secret?: string;
  readonly link?: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Posts Slack-compatible JSON to a URL. */
export class WebhookChannel implements Channel {
  readonly name = 'webhook';
  readonly #options: WebhookOptions;

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  async send(notification: Notification): Promise<SendResult> {
    const { url, link } = this.#options;
    const body = webhookBody(notification, link);
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...this.#signature(body) },
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(sendTimeoutMs),
      });
      await response.body?.cancel();
      return outcomeOf(response.status);
    } catch (error) {
      return { kind: 'failed', reason: failureOf(error) };
    }
  }

  #signature(body: string): Record<string, string> {
    const { secret, now } = this.#options;
    if (secret === undefined) return {};
    const timestamp = Math.floor(now() / 1_000);
    return {
      [signatureField.timestamp]: String(timestamp),
      [signatureField.signature]: webhookSignature(secret, timestamp, body),
    };
  }
}

/** A receiver that is busy, slow or broken may accept it later; any other status is final. */
function outcomeOf(status: number): SendResult {
  if (status >= 200 && status < 300) return { kind: 'sent' };
  const reason = `the webhook responded with status ${status}`;
  const isTemporary = status >= 500 || [408, 425, 429].includes(status);
  return { kind: isTemporary ? 'failed' : 'rejected', reason };
}

/** Reason without the URL, which is a secret. */
function failureOf(error: unknown): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return `the webhook did not respond within ${sendTimeoutMs} ms`;
  }
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
  return `the webhook could not be reached${code}`;
}
