import type { Notification } from '../../../core/alerting/notification.ts';
import { sendTimeoutMs, type Channel, type SendResult } from '../channel.ts';
import { webhookBody } from './webhook-body.ts';
import { signatureField, webhookSignature } from './webhook-signature.ts';

export interface WebhookOptions {
  /** Secret: many such URLs are their own password. */
  readonly url: string;
  /** Signs what is sent. Secret; without it nothing is signed. */
  readonly secret?: string;
  readonly link?: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A POST of Slack-compatible JSON. */
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

/** A receiver that is busy, late or broken may take it later; any other refusal is final. */
function outcomeOf(status: number): SendResult {
  if (status >= 200 && status < 300) return { kind: 'sent' };
  const reason = `the webhook answered ${status}`;
  const later = status >= 500 || [408, 425, 429].includes(status);
  return { kind: later ? 'failed' : 'rejected', reason };
}

/** Without the URL, which is a secret. */
function failureOf(error: unknown): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return `the webhook did not answer in ${sendTimeoutMs} ms`;
  }
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
  return `the webhook could not be reached${code}`;
}
