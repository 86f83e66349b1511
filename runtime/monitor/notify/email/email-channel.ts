import type { AwsOptions } from '../../cloudwatch/aws-client-options.ts';
import { awsErrorReason } from '../../cloudwatch/aws-error-reason.ts';
import { LoadedClient } from '../../cloudwatch/loaded-client.ts';
import { awsFailure } from '../aws-failure.ts';
import {
  sendTimeoutMs,
  type Channel,
  type ChannelCheck,
  type NotificationGroup,
  type SendResult,
} from '../channel.ts';
import { ConnectionMeter } from '../connection-meter.ts';
import { oneRequestOptions } from '../one-request-options.ts';
import { emailMessage, type Envelope } from './email-message.ts';

export interface EmailOptions extends AwsOptions, Envelope {
  /** URL of the console. */
  readonly link?: string;
}

/** Errors that reject the message. An unverified sender is none of them: it may be verified later. */
const final = ['InvalidParameterValue', 'InvalidParameterValueException'];

/** Sends emails through Amazon SES. Credentials come from the SDK's default chain. */
export class EmailChannel implements Channel {
  readonly name = 'email';
  readonly #options: EmailOptions;
  readonly #meter = new ConnectionMeter();
  readonly #ses = new LoadedClient(
    () => import('@aws-sdk/client-ses'),
    ({ SESClient }) => new SESClient(oneRequestOptions(this.#options, this.#meter)),
  );

  constructor(options: EmailOptions) {
    this.#options = options;
  }

  async send(group: NotificationGroup): Promise<SendResult> {
    const { from, to, link } = this.#options;
    const before = this.#meter.established;
    try {
      const message = await emailMessage(group, { from, to }, link);
      const { sdk, client } = await this.#ses.get();
      const command = new sdk.SendRawEmailCommand({ RawMessage: { Data: message } });
      await client.send(command, { abortSignal: AbortSignal.timeout(sendTimeoutMs) });
      return { kind: 'sent' };
    } catch (error) {
      return awsFailure(error, { final, connected: this.#meter.established > before });
    }
  }

  async check(): Promise<ChannelCheck> {
    try {
      const { sdk, client } = await this.#ses.get();
      const { SentLast24Hours = 0, Max24HourSend = 0 } = await client.send(
        new sdk.GetSendQuotaCommand({}),
        { abortSignal: AbortSignal.timeout(sendTimeoutMs) },
      );
      const quota = Max24HourSend < 0 ? 'no limit' : `${Max24HourSend} emails a day`;
      const text = `SES accepts the credentials (${quota}, ${SentLast24Hours} sent in the last 24 h)`;
      return { ok: true, text };
    } catch (error) {
      return { ok: false, reason: awsErrorReason(error) };
    }
  }

  close(): void {
    this.#ses.close();
  }
}
