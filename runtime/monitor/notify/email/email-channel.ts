import { SendRawEmailCommand, SESClient } from '@aws-sdk/client-ses';
import type { Notification } from '../../../core/alerting/notification.ts';
import { awsClientOptions, type AwsOptions } from '../../cloudwatch/aws-client-options.ts';
import { awsFailure } from '../aws-failure.ts';
import { sendTimeoutMs, type Channel, type SendResult } from '../channel.ts';
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
  readonly #client: SESClient;
  readonly #options: EmailOptions;

  constructor(options: EmailOptions) {
    this.#options = options;
    this.#client = new SESClient(awsClientOptions(options));
  }

  async send(notification: Notification): Promise<SendResult> {
    const { from, to, link } = this.#options;
    try {
      const message = await emailMessage(notification, { from, to }, link);
      const command = new SendRawEmailCommand({ RawMessage: { Data: message } });
      await this.#client.send(command, { abortSignal: AbortSignal.timeout(sendTimeoutMs) });
      return { kind: 'sent' };
    } catch (error) {
      return awsFailure(error, final);
    }
  }

  close(): void {
    this.#client.destroy();
  }
}
