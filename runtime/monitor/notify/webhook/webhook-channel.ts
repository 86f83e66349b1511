import {
  sendTimeoutMs,
  type Channel,
  type ChannelCheck,
  type NotificationGroup,
  type SendResult,
} from '../channel.ts';
import { post, reach } from './post.ts';
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

  async send(group: NotificationGroup): Promise<SendResult> {
    const { url, link } = this.#options;
    const body = webhookBody(group, link);
    const headers = { 'content-type': 'application/json', ...this.#signature(body) };
    const result = await post({ url, headers, body, timeoutMs: sendTimeoutMs });
    if (result.kind === 'answered') return outcomeOf(result.status);
    const { connected, error } = result;
    if (!connected) return { kind: 'failed', reason: unreachable(error) };
    return { kind: 'unknown', reason: `the webhook did not answer${detailOf(error)}` };
  }

  async check(): Promise<ChannelCheck> {
    try {
      await reach(this.#options.url, sendTimeoutMs);
      return { ok: true, text: 'the server of the webhook can be reached' };
    } catch (error) {
      return { ok: false, reason: unreachable(error) };
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

function unreachable(error: unknown): string {
  return `the webhook could not be reached${detailOf(error)}`;
}

/** Code of an error, in words if it is a timeout. No message, because it could contain the URL. */
function detailOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const cause = error.name === 'AbortError' ? error.cause : error;
  if (cause instanceof DOMException && cause.name === 'TimeoutError') {
    return ` within ${sendTimeoutMs} ms`;
  }
  return 'code' in error ? ` (${String(error.code)})` : '';
}
